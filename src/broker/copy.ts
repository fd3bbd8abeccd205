// One message on its way to one session.
import type { Ticket } from '../ingest/contract.ts'
import type { Qos } from '../model/message.ts'
import type { ShareGroup } from './share-group.ts'
import type { RoutedMessage } from './routed-message.ts'

/** What a shared subscription has given to a member, and takes back when the member can't finish it. */
export interface Loan {
  readonly group: ShareGroup
  /** The copy as it stands in the group's queue. */
  readonly item: Copy
}

const packetIdMax = 65_535

export class Copy {
  readonly message: RoutedMessage
  /** What the subscription and the publisher have in common. */
  readonly qos: Qos
  readonly isRetained: boolean
  readonly identifiers: readonly number[] | undefined
  /** Counts the QoS 1-2 copies of the session, ascending, also across restarts; 0 at QoS 0. */
  readonly number: number
  /** Bytes it counts for in the queue's limit. */
  size: number
  /** The batch it waits for before it leaves (I8); 0 for none. */
  ticket: Ticket = 0
  /** It stands in space "queue" under its number. */
  isStored = false
  /** Where it came from; undefined when it is the session's own. */
  loan: Loan | undefined
  /** QoS 2: PUBREC came. */
  isReceived = false

  constructor(
    message: RoutedMessage,
    qos: Qos,
    isRetained: boolean,
    identifiers: readonly number[] | undefined,
    number: number,
  ) {
    this.message = message
    this.qos = qos
    this.isRetained = isRetained
    this.identifiers = identifiers
    this.number = number
    this.size = message.size
  }

  /** Follows from the number, so a copy that is sent again, even by another process, has the same one
   *  [MQTT-4.4.0-1] and nothing needs to be stored before it is sent. */
  get packetId(): number {
    return packetIdOf(this.number)
  }
}

/** Of the copy with this number; 0 at QoS 0. */
export function packetIdOf(number: number): number {
  return number === 0 ? 0 : 1 + (number % packetIdMax)
}
