// A connection whose bytes cause much work, such as messages for a thousand subscribers, is read again only when
// others have had their turn: the system would otherwise hand over megabytes of it at once.
import type { Ingest } from '../ingest/contract.ts'
import type { PublishPacket } from '../mqtt/packet.ts'
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

/** Whether the chunk in hand has had its time, or has filled the open batch (I7), with more of it to come. */
function hasHadItsTurn(link: Link): boolean {
  const { clock, ingest } = link.parts
  const count = link.published - link.publishedBefore
  const isLook = count > 0 && count % packetsPerLook === 0
  return isLook && (ingest.isFull || clock.monotonicMs() - link.receivedMs >= turnMsMax)
}

/** Whether a PUBLISH is not for now: it was postponed, or, on a connection that is about to end, left to its client. */
export function isForLater(link: Link, packet: PublishPacket, topic: string): boolean {
  const { fanOut, routing, subscriptions, limits } = link.parts
  // A 3.1.1 client can't be told how many may be unanswered, and the times of no more are remembered (I3).
  if (packet.qos > 0 && link.version < 5 && link.answers.count >= limits.receiveMaximum) {
    if (!link.isUrgent) link.postpone(packet, true)
    return true
  }
  if (link.isUrgent) return false
  const isCrowded = fanOut.isSpent || routing.isBehind
  const wouldFanOut = isCrowded && subscriptions.routeOf(topic)?.isEmpty === false
  if (!wouldFanOut && !hasHadItsTurn(link)) return false
  link.postpone(packet, false)
  return true
}

/** The rest of a chunk comes when the batch that it has filled is on its way, or with the next turn that has room. */
export function inLaterTurn({ parts: { fanOut, ingest } }: Link, run: () => void): void {
  if (ingest.isFull) whenBatchHasRoom(ingest, run)
  else fanOut.whenRoom(run)
}

/** For bytes that came in the turn in which others filled the open batch: they are dealt with, in the order in which
 *  they came, as far as the next ones have room (I7). */
export function whenBatchHasRoom(ingest: Ingest, run: () => void): void {
  ingest.onRoom(() => (ingest.isOverfull ? whenBatchHasRoom(ingest, run) : run()))
}
