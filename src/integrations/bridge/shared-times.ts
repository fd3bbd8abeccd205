// The times given to messages of a session (I3), kept with the lease of its bridge: another hub that goes on with the
// session gives a message that comes again the time that it had. What may come again is of the last moments, so the
// newest entries are enough: one for each commit, in slots that are used in turn.
//
//   entry := number f64 | (packetId u16 fingerprint u32 decidedTs f64)*
//   number: 1, 2, 3 …; slot = number modulo slots
import type { OpenBatch } from '../../ingest/contract.ts'
import { StateReader, StateWriter } from '../../lib/state-bytes.ts'
import type { LeasedEntry, Leases } from '../../storage/store.ts'

const slots = 512

export type SharedTimesOf = Pick<LeasedEntry, 'lease' | 'hub' | 'term' | 'part' | 'integration'>

export interface DecidedTime {
  packetId: number
  fingerprint: number
  decidedTs: number
}

export class SharedTimes {
  readonly #of: SharedTimesOf
  #number: number
  #pending = new StateWriter()
  #times: number[] = []

  private constructor(of: SharedTimesOf, number: number) {
    this.#of = of
    this.#number = number
  }

  /** Reads what is there: whoever holds the lease goes on behind it. @throws CLUSTER_* */
  static async read(
    leases: Leases,
    of: SharedTimesOf,
  ): Promise<{ shared: SharedTimes; known: DecidedTime[] }> {
    const entries = (await leases.entries(of.lease, of.part)).map((value) => {
      const reader = new StateReader(value)
      return { number: reader.f64(), reader }
    })
    entries.sort((a, b) => a.number - b.number)
    const known: DecidedTime[] = []
    for (const { reader } of entries) {
      while (!reader.isAtEnd) {
        known.push({ packetId: reader.u16(), fingerprint: reader.u32(), decidedTs: reader.f64() })
      }
    }
    return { shared: new SharedTimes(of, entries.at(-1)?.number ?? 0), known }
  }

  remember(packetId: number, fingerprint: number, decidedTs: number): void {
    this.#pending.u16(packetId).u32(fingerprint).f64(decidedTs)
    this.#times.push(decidedTs)
  }

  /** Adds what is new to the batch. */
  seal(batch: OpenBatch): void {
    if (this.#times.length === 0) return
    this.#number++
    const value = new StateWriter().f64(this.#number).raw(this.#pending.take()).take()
    batch.enter({ ...this.#of, slot: this.#number % slots, value, decidedTs: this.#times })
    this.#times = []
  }
}
