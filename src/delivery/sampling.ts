// Which messages are looked at closely: all while there are few, and a bounded number a second, spread evenly, while
// there are many. Asked for every message, so the usual answer costs a subtraction and two comparisons.

/** A slot of time, microseconds, and messages looked at in each: 200 a second. */
const slotUs = 50_000
export const sampledPerSlotMax = 10
const strideMax = 100_000

export class Sampling {
  #slotStartTs = 0
  #slotEndTs = 0
  #taken = 0
  /** Messages that came in this slot, counted in steps of the stride. */
  #seen = 0
  #stride = 1
  #countdown = 0

  /** Whether to look at the next message. @param nowTs integer microseconds; may step backwards. */
  isDue(nowTs: number): boolean {
    if (--this.#countdown > 0 && nowTs < this.#slotEndTs) return false
    return this.#decide(nowTs)
  }

  #decide(nowTs: number): boolean {
    if (nowTs >= this.#slotEndTs || nowTs < this.#slotStartTs) this.#begin(nowTs)
    this.#seen += this.#stride
    if (this.#taken >= sampledPerSlotMax) this.#stride = Math.min(this.#stride * 2, strideMax)
    this.#countdown = this.#stride
    if (this.#taken >= sampledPerSlotMax) return false
    this.#taken++
    return true
  }

  /** The next slot takes as large steps as the one before needed, if that was just now. */
  #begin(nowTs: number): void {
    const isNext = nowTs >= this.#slotEndTs && nowTs < this.#slotEndTs + slotUs
    const wanted = isNext ? Math.round(this.#seen / sampledPerSlotMax) : 1
    this.#stride = Math.min(Math.max(1, wanted), strideMax)
    this.#slotStartTs = nowTs
    this.#slotEndTs = nowTs + slotUs
    this.#taken = 0
    this.#seen = 0
  }
}
