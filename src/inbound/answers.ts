// Answers that a session owes its publisher, in the order in which the packets came (I4). An answer leaves
// when its batch is stored and all answers before it have left (I1). Columns instead of objects: nothing is
// allocated for a message.
import type { Ticket } from '../ingest/contract.ts'
import { assert } from '../lib/assert.ts'
import { encode, writeAck } from '../mqtt/encoder.ts'
import { reasonCode } from '../mqtt/reason.ts'

const capacityAtFirst = 16
const plainBytes = 4

export const answerType = { puback: 0, pubrec: 1, pubcomp: 2 } as const
export type AnswerType = (typeof answerType)[keyof typeof answerType]
const typeNames = ['puback', 'pubrec', 'pubcomp'] as const
const typeBits = 3
/** Beside the type: the answer says that a message is stored. */
const promiseBit = 4

// What a ring has before its first answer; a connection that only listens costs nothing.
const noNumbers = new Float64Array(0)
const noIdentifiers = new Uint16Array(0)
const noBytes = new Uint8Array(0)

export class AnswerRing {
  #tickets = noNumbers
  #packetIds = noIdentifiers
  #types = noBytes
  #reasonCodes = noBytes
  /** Reason strings of the few answers that have one, by number of the answer. */
  #reasons: Map<number, string> | undefined
  /** Numbers of the oldest answer and of the next one. Their place in the columns, whose length is a power
   *  of two, is `number & #mask`. */
  #first = 0
  #next = 0
  #mask = -1
  /** Exchanges that the last `release` ended: PUBACK, PUBCOMP, refusing PUBREC. */
  ended = 0
  /** Answers of the last `release` that said that a message is stored. */
  promised = 0

  /** Answers that have not left. */
  get count(): number {
    return this.#next - this.#first
  }

  /** @param ticket the batch to wait for; 0 for none.
   *  @param code MQTT 5 reason code; `reason` the sentence that goes with it.
   *  @param isPromise it says that the readings of a message, or its rejected copy, are stored. */
  push(
    type: AnswerType,
    packetId: number,
    ticket: Ticket,
    code: number = reasonCode.success,
    reason?: string,
    isPromise = false,
  ): void {
    if (this.count === this.#tickets.length) this.#grow()
    const at = this.#next & this.#mask
    this.#tickets[at] = ticket
    this.#packetIds[at] = packetId
    this.#types[at] = isPromise ? type | promiseBit : type
    this.#reasonCodes[at] = code
    if (reason !== undefined) (this.#reasons ??= new Map()).set(this.#next, reason)
    this.#next++
  }

  /** Answers that have not left and say that a message is stored. */
  get promisesLeft(): number {
    let count = 0
    for (let number = this.#first; number < this.#next; number++) {
      if ((this.#types[number & this.#mask]! & promiseBit) !== 0) count++
    }
    return count
  }

  /** The batch that the newest answer waits for; 0 for none. */
  get lastTicket(): Ticket {
    return this.count === 0 ? 0 : this.#tickets[(this.#next - 1) & this.#mask]!
  }

  /** Takes out the leading answers whose batch is stored and encodes them; undefined when there are none.
   *  @param hasReasons false for 3.1.1, which has no reason codes. */
  release(storedTicket: Ticket, hasReasons: boolean): Buffer | undefined {
    let end = this.#first
    while (end < this.#next && this.#tickets[end & this.#mask]! <= storedTicket) end++
    this.ended = 0
    this.promised = 0
    if (end === this.#first) return undefined
    const plain = Buffer.allocUnsafe((end - this.#first) * (plainBytes + (hasReasons ? 1 : 0)))
    const parts: Buffer[] = []
    let partStart = 0
    let at = 0
    while (this.#first < end) {
      const number = this.#first
      const index = number & this.#mask
      // I1, the second time: what leaves now has been stored, and nothing before it is still waiting (I4).
      assert(this.#tickets[index]! <= storedTicket, 'I1: an answer leaves after its batch is stored')
      const reason = this.#reasons?.get(number)
      if (reason !== undefined && hasReasons) {
        parts.push(plain.subarray(partStart, at), this.#withReason(index, reason))
        partStart = at
      } else at = this.#write(plain, at, index, hasReasons)
      if (reason !== undefined) this.#reasons!.delete(number)
      const type = this.#types[index]! & typeBits
      if (type !== this.#types[index]) this.promised++
      const isRefusal = this.#reasonCodes[index]! >= reasonCode.unspecifiedError && hasReasons
      if (type !== answerType.pubrec || isRefusal) this.ended++
      this.#first++
    }
    if (parts.length === 0) return plain.subarray(0, at)
    parts.push(plain.subarray(partStart, at))
    return Buffer.concat(parts)
  }

  #write(target: Buffer, at: number, index: number, hasReasons: boolean): number {
    const type = typeNames[this.#types[index]! & typeBits]!
    const end = writeAck(target, at, type, this.#packetIds[index]!)
    const code = this.#reasonCodes[index]!
    if (code === 0 || !hasReasons) return end
    target[at + 1] = 3
    target[end] = code
    return end + 1
  }

  #withReason(index: number, reasonString: string): Buffer {
    const type = typeNames[this.#types[index]! & typeBits]!
    const packet = { packetId: this.#packetIds[index]!, reasonCode: this.#reasonCodes[index]! }
    return encode({ type, ...packet, properties: { reasonString } }, 5)
  }

  #grow(): void {
    const length = Math.max(capacityAtFirst, this.#tickets.length * 2)
    const count = this.count
    this.#tickets = this.#unrolled(this.#tickets, new Float64Array(length))
    this.#packetIds = this.#unrolled(this.#packetIds, new Uint16Array(length))
    this.#types = this.#unrolled(this.#types, new Uint8Array(length))
    this.#reasonCodes = this.#unrolled(this.#reasonCodes, new Uint8Array(length))
    if (this.#reasons !== undefined) {
      this.#reasons = new Map([...this.#reasons].map(([number, text]) => [number - this.#first, text]))
    }
    this.#first = 0
    this.#next = count
    this.#mask = length - 1
  }

  #unrolled<T extends Float64Array | Uint16Array | Uint8Array>(from: T, into: T): T {
    for (let i = 0; i < this.count; i++) into[i] = from[(this.#first + i) & this.#mask]!
    return into
  }
}
