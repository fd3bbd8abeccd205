// Every limit of the broker with its name and default (I7). Full means the socket is not read; only QoS 0
// is ever shed, and counted.

export interface BrokerLimits {
  /** The longest packet received, fixed header included; told to 5.0 clients. */
  packetBytesMax: number
  /** From the connection to its CONNECT. */
  connectTimeoutMs: number
  /** From the first byte of a packet to its last, unless the hub itself does not read. */
  packetTimeoutMs: number
  /** UTF-8 bytes of a client identifier, which is the device's name where nothing else names it. */
  clientIdBytesMax: number
  /** Payload of a will and its properties together. */
  willBytesMax: number
  /** UTF-8 bytes of a topic name or filter, and its levels: what lies between slashes. */
  topicBytesMax: number
  topicLevelsMax: number
  /** PUBLISH packets of one connection; who sends more is read later. 0 for no limit. */
  messagesPerSecondMax: number
  /** QoS 1-2 messages of a publisher that may be unanswered; at most 65,535. A 5.0 client that sends more is
   *  disconnected, a 3.1.1 client, which can't be told, is not read. */
  receiveMaximum: number
  /** The longest keep-alive of a 5.0 client, seconds, and what those get that ask for none; 0 leaves it to
   * the  client. */
  keepAliveMaxS: number
  /** Topic aliases that each side of a 5.0 connection may use. */
  topicAliasMaximum: number
  /** Sessions that exist at one time, connected or away. */
  sessionsMax: number
  /** The longest Session Expiry Interval granted, seconds; also for 3.1.1 sessions that never end. */
  sessionExpiryMaxS: number
  /** Ended sessions whose decided times are kept for a resend (I3), and for how long. The oldest go first. */
  rememberedSessionsMax: number
  rememberedMs: number
  /** Decided times kept for each session (I3). */
  decidedMax: number
  subscriptionsPerSessionMax: number
  /** Topic filters of one SUBSCRIBE that are looked at. */
  filtersPerPacketMax: number
  /** QoS 1-2 messages and their bytes that wait for one subscriber. Beyond it the session ends. */
  queueMessagesMax: number
  queueBytesMax: number
  /** The same over all sessions. Beyond it, who is to receive the next message ends. */
  queuedMessagesTotalMax: number
  queuedBytesTotalMax: number
  /** Of these, the ones kept in memory; the others of a lasting session are read from the store in time. */
  queueInMemoryMax: number
  /** QoS 0 messages that wait for a commit before they reach one subscriber; beyond it they are shed. */
  heldMessagesMax: number
  /** QoS 1-2 messages sent to one subscriber and not acknowledged. */
  inflightMax: number
  /** Outgoing bytes of a connection beyond which QoS 0 is shed and QoS 1-2 waits. */
  outgoingBytesMax: number
  retainedMessagesMax: number
  retainedBytesMax: number
  /** Topics whose subscribers are remembered between messages. */
  routesMax: number
  /** Packets of one connection that wait for a script or behind one, and their payloads' bytes; then it is not
   *  read. */
  conversionMessagesMax: number
  conversionBytesMax: number
  /** How long a commit may fail or hang before publishers that wait for answers are disconnected (I5). */
  ackDeadlineMs: number
  /** How long `close` waits for answers and for the last commit, each. */
  closeWaitMs: number
  /** How often `$SYS` topics are published to whoever subscribes. */
  sysIntervalMs: number
  /** How often keep-alive, deadlines and expiries are looked at. */
  sweepMs: number
}

const dayMs = 24 * 60 * 60 * 1000

export const brokerLimitsDefault: Readonly<BrokerLimits> = {
  packetBytesMax: 1024 * 1024,
  connectTimeoutMs: 10_000,
  packetTimeoutMs: 60_000,
  clientIdBytesMax: 256,
  willBytesMax: 131_072,
  topicBytesMax: 65_535,
  topicLevelsMax: 200,
  messagesPerSecondMax: 0,
  receiveMaximum: 1024,
  keepAliveMaxS: 3600,
  topicAliasMaximum: 64,
  sessionsMax: 100_000,
  sessionExpiryMaxS: (7 * dayMs) / 1000,
  rememberedSessionsMax: 10_000,
  rememberedMs: dayMs,
  decidedMax: 1024,
  subscriptionsPerSessionMax: 1000,
  filtersPerPacketMax: 1000,
  queueMessagesMax: 10_000,
  queueBytesMax: 16 * 1024 * 1024,
  queuedMessagesTotalMax: 1_000_000,
  queuedBytesTotalMax: 512 * 1024 * 1024,
  queueInMemoryMax: 1000,
  heldMessagesMax: 1000,
  inflightMax: 1000,
  outgoingBytesMax: 256 * 1024,
  retainedMessagesMax: 100_000,
  retainedBytesMax: 64 * 1024 * 1024,
  routesMax: 20_000,
  conversionMessagesMax: 1000,
  conversionBytesMax: 1024 * 1024,
  ackDeadlineMs: 30_000,
  closeWaitMs: 1500,
  sysIntervalMs: 10_000,
  sweepMs: 500,
}
