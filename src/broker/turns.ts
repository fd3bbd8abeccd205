// A connection whose bytes cause much work, such as messages for a thousand subscribers, is read again only when
// others have had their turn: the system would otherwise hand over megabytes of it at once.
import type { Ingest } from '../ingest/contract.ts'
import type { Link } from './link.ts'
import { pauseReason } from './pause-reason.ts'

/** Work for one chunk after which others come first. */
const turnMsMax = 5

/** To be called when a chunk has been dealt with. */
export function giveOthersTheirTurn(link: Link): void {
  const { clock } = link.parts
  if (clock.monotonicMs() - link.receivedMs < turnMsMax) return
  link.pause(pauseReason.turn)
  clock.soon(() => link.resume(pauseReason.turn))
}

/** For bytes that came in the turn in which others filled the open batch: they are dealt with, in the order in which
 *  they came, as far as the next ones have room (I7). */
export function whenBatchHasRoom(ingest: Ingest, run: () => void): void {
  ingest.onRoom(() => (ingest.isOverfull ? whenBatchHasRoom(ingest, run) : run()))
}
