// A connection whose bytes cause much work, such as messages for a thousand subscribers, is read again only when
// others have had their turn: the system would otherwise hand over megabytes of it at once.
import type { Ingest } from '../ingest/contract.ts'
import type { Link } from './link.ts'
import { pauseReason } from './pause-reason.ts'

/** Work for one chunk after which others come first. */
const turnMsMax = 5
/** The time is looked at so many PUBLISH packets apart: reading most of them takes less than a look at the clock. */
const packetsPerLook = 64

/** To be called when a chunk has been dealt with. */
export function giveOthersTheirTurn(link: Link): void {
  const { clock } = link.parts
  if (clock.monotonicMs() - link.receivedMs < turnMsMax) return
  link.pause(pauseReason.turn)
  clock.soon(() => link.resume(pauseReason.turn))
}

/** Whether the chunk in hand has had its time, with more of it to come. */
export function hasHadItsTurn(link: Link): boolean {
  const count = link.published - link.publishedBefore
  const isLook = count > 0 && count % packetsPerLook === 0
  return isLook && link.parts.clock.monotonicMs() - link.receivedMs >= turnMsMax
}

/** For bytes that came in the turn in which others filled the open batch: they are dealt with, in the order in which
 *  they came, as far as the next ones have room (I7). */
export function whenBatchHasRoom(ingest: Ingest, run: () => void): void {
  ingest.onRoom(() => (ingest.isOverfull ? whenBatchHasRoom(ingest, run) : run()))
}
