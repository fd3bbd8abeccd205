// The limits of the MQTT endpoint as options. Their names and defaults are those of the broker, which a test
// compares.
import { z } from 'zod'

const kib = 1024
const mib = 1024 * 1024
const dayMs = 24 * 60 * 60 * 1000

function limit(min: number, max: number, fallback: number, description: string): z.ZodDefault<z.ZodInt> {
  return z.int().min(min).max(max).default(fallback).describe(description)
}

/** Members of `limits`. */
export const brokerLimits = {
  packetBytesMax: limit(
    1_024,
    268_435_460,
    mib,
    'Largest MQTT packet in bytes. A longer one closes the connection before it is read.',
  ),
  connectTimeoutMs: limit(
    100,
    600_000,
    10_000,
    'Milliseconds from the connection to its CONNECT. Then it is closed.',
  ),
  packetTimeoutMs: limit(
    100,
    3_600_000,
    60_000,
    'Milliseconds from the first byte of a packet to its last. Then the connection is closed.',
  ),
  keepAliveMaxS: limit(
    0,
    65_535,
    3_600,
    'Longest keep-alive of a 5.0 client in seconds; one that asks for more, or for none, is told this. 0: any.',
  ),
  clientIdBytesMax: limit(23, 65_535, 256, 'Longest client identifier in bytes. A longer one is refused.'),
  willBytesMax: limit(
    0,
    1_048_576,
    131_072,
    'Largest payload of a will and its properties together, in bytes. A larger one is refused.',
  ),
  topicBytesMax: limit(
    64,
    65_535,
    65_535,
    'Longest topic name or filter in bytes. Longer ones are refused, and not published.',
  ),
  topicLevelsMax: limit(
    4,
    65_536,
    200,
    'Levels of a topic name or filter. Those with more are refused, and not published.',
  ),
  messagesPerSecondMax: limit(
    0,
    1_000_000,
    0,
    'Messages a second of one connection; what comes faster is read later. 0 for no limit.',
  ),
  receiveMaximum: limit(
    1,
    65_535,
    1_024,
    'Messages at QoS 1 and 2 that a client may have sent and that are not answered.',
  ),
  topicAliasMaximum: limit(0, 65_535, 64, 'Topic aliases a publisher may use on a connection.'),
  sessionsMax: limit(1, 10_000_000, 100_000, 'Sessions, connected or away. A new one above it is refused.'),
  sessionExpiryMaxS: limit(
    0,
    4_294_967_294,
    (7 * dayMs) / 1000,
    'Longest time in seconds for which a session is kept while its client is away.',
  ),
  rememberedSessionsMax: limit(
    0,
    1_000_000,
    10_000,
    'Ended sessions of which the times given to messages are kept, in case these are sent again.',
  ),
  rememberedMs: limit(0, 30 * dayMs, dayMs, 'Milliseconds for which these are kept.'),
  decidedMax: limit(16, 65_535, 1_024, 'Times given to messages that are kept for a session.'),
  subscriptionsPerSessionMax: limit(1, 100_000, 1_000, 'Subscriptions of a session. More are refused.'),
  filtersPerPacketMax: limit(1, 100_000, 1_000, 'Filters of one SUBSCRIBE. Those beyond it are refused.'),
  queueMessagesMax: limit(
    1,
    10_000_000,
    10_000,
    'Messages at QoS 1 and 2 that wait for one subscriber. Beyond it its session ends.',
  ),
  queueBytesMax: limit(1_024, 2 ** 40, 16 * mib, 'Their bytes. Beyond it the session ends.'),
  queuedMessagesTotalMax: limit(
    1,
    100_000_000,
    1_000_000,
    'Messages that wait for all subscribers together. Beyond it the session with the most bytes ends.',
  ),
  queuedBytesTotalMax: limit(
    1_024,
    2 ** 40,
    512 * mib,
    'Their bytes. Beyond it the session with the most bytes ends.',
  ),
  queueInMemoryMax: limit(
    1,
    1_000_000,
    1_000,
    'Of the messages that wait for a subscriber, those kept in memory; the others are read in time.',
  ),
  heldMessagesMax: limit(
    1,
    1_000_000,
    1_000,
    'Messages at QoS 0 that wait for a commit before they reach a subscriber. Beyond it they are shed.',
  ),
  inflightMax: limit(1, 65_535, 1_000, 'Messages sent to a subscriber that it has not acknowledged.'),
  outgoingBytesMax: limit(
    1_024,
    1_073_741_824,
    256 * kib,
    'Bytes on their way to a client that reads slowly. Beyond it QoS 0 is shed and QoS 1 and 2 waits.',
  ),
  retainedMessagesMax: limit(
    0,
    100_000_000,
    100_000,
    'Retained messages. Beyond it messages of further topics are delivered and not retained.',
  ),
  retainedBytesMax: limit(0, 2 ** 40, 64 * mib, 'Their bytes. Beyond it messages are not retained.'),
  conversionMessagesMax: limit(
    1,
    1_000_000,
    1_000,
    'Packets of one connection that wait for a script or behind one. Then it is not read.',
  ),
  conversionBytesMax: limit(1_024, 1_073_741_824, mib, 'Bytes of their payloads. Then it is not read.'),
  routesMax: limit(1, 10_000_000, 20_000, 'Topics whose subscribers are remembered between messages.'),
}
