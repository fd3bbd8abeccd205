// What the broker tells about itself to whoever counts. Messages received, their answers and how long those
// took are counted by ingest, which knows integration and device; here is what only the broker knows.
import type { RoutedMessage } from './routed-message.ts'

/** A connection that was accepted. */
export interface ConnectedClient {
  /** Empty when it is no device. */
  readonly device: string
  readonly clientId: string
}

/** A connection that was not. */
export interface RefusedClient {
  readonly clientId: string
  readonly username: string | undefined
  /** Its address. */
  readonly remote: string
  /** As in a CONNACK of MQTT 5. */
  readonly reasonCode: number
}

export interface BrokerObserver {
  connected(client: ConnectedClient): void
  /** The end of a connection that had been accepted with CONNACK. */
  disconnected(client: ConnectedClient): void
  /** CONNACK said no, because of who it is or says to be. */
  refused(client: RefusedClient): void
  /** The first PUBLISH of a connection to a topic that it has no right to. */
  forbidden(client: ConnectedClient, topic: string): void
  /** PUBLISH packets under a QoS 2 identifier that was known already; they are not accepted again. */
  redelivered(device: string, count: number): void
  /** A copy at QoS 1-2 is over: acknowledged by its subscriber, or not to be sent any more. In the turn in which its
   *  end joins the open batch. */
  copyEnded?(message: RoutedMessage, isAcknowledged: boolean): void
  /** QoS 0 messages that a subscriber did not get because it reads too slowly (I7). */
  shed(count: number): void
  /** A lasting session ended because its queue was full; so many QoS 1-2 messages were waiting in it. */
  overflowed(count: number): void
}

export const silentObserver: BrokerObserver = {
  connected: () => undefined,
  disconnected: () => undefined,
  refused: () => undefined,
  forbidden: () => undefined,
  redelivered: () => undefined,
  shed: () => undefined,
  overflowed: () => undefined,
}
