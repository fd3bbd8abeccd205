// What is told about the end of a connection: that it is over, and how many messages are stored whose answers can't
// leave any more. Their publisher sends them again, and they meet their own rows.
import type { Link } from './link.ts'
import type { Session } from './session.ts'

/** @param link that had been accepted, and its session. */
export function tellEnd({ parts, answers }: Link, session: Session): void {
  parts.observer.disconnected(session)
  const count = answers.promisesLeft
  if (count > 0) parts.ingest.unanswered(count, answers.lastTicket)
}
