// Counts how a stored batch met the rows that were there: new, the same again, overwritten, ignored, late. Off the
// path of the answers.
import type { Delivery } from '../delivery/delivery.ts'
import { AckstoneError } from '../errors.ts'
import { assert } from '../lib/assert.ts'
import type { Log } from '../lib/log.ts'
import type { Batch, Commit, RunTally } from '../storage/store.ts'
import type { Slots } from './slots.ts'

export class Tallying {
  readonly #delivery: Delivery
  readonly #slots: Slots
  readonly #log: Log

  constructor(delivery: Delivery, slots: Slots, log: Log) {
    this.#delivery = delivery
    this.#slots = slots
    this.#log = log
  }

  /** Resolves once the batch is counted, or can't be.
   *  @throws what is no operating error. */
  async count(batch: Batch, commit: Commit): Promise<void> {
    let tallies: RunTally[]
    try {
      tallies = await commit.tallies
    } catch (error) {
      if (!(error instanceof AckstoneError)) throw error
      this.#log.warn('duplicates of one commit were not counted', { code: error.code })
      this.#delivery.traces.settled(batch.ticket, batch.runs, undefined)
      return
    }
    assert(tallies.length === batch.runs.length, 'one tally for each run')
    const { marks, total, traces } = this.#delivery
    for (const [i, run] of batch.runs.entries()) {
      const tally = tallies[i]
      total.addRows(tally)
      this.#delivery.ofIntegration(run.integration).addRows(tally)
      this.#slots.device(run.integration, run.device).account.figures.addRows(tally)
      if (tally.fresh < run.ts.length || tally.late > 0) marks.settled(run, tally, batch.closedTs)
    }
    traces.settled(batch.ticket, batch.runs, tallies)
  }
}
