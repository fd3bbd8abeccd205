// What the broker tells about itself to whoever counts. Messages received, their answers and how long those
// took are counted by ingest, which knows integration and device; here is what only the broker knows.

export interface BrokerObserver {
  connected(): void
  /** The end of a connection that had been accepted with CONNACK. */
  disconnected(): void
  /** PUBLISH packets under a QoS 2 identifier that was known already; they are not accepted again. */
  redelivered(device: string, count: number): void
  /** QoS 0 messages that a subscriber did not get because it reads too slowly (I7). */
  shed(count: number): void
  /** A lasting session ended because its queue was full; so many QoS 1-2 messages were waiting in it. */
  overflowed(count: number): void
}

export const silentObserver: BrokerObserver = {
  connected: () => undefined,
  disconnected: () => undefined,
  redelivered: () => undefined,
  shed: () => undefined,
  overflowed: () => undefined,
}
