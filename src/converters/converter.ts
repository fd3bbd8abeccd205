// Converters turn a payload into readings. They are pure: no clock, no I/O, nothing random; the same
// message gives the same readings, which is what makes a resend land on the same rows (I2, I3).
import type { Message } from '../model/message.ts'
import type { Readings } from './readings.ts'

/** What the topic itself says, through `{device}` and `{key}` in the integration's filter. */
export interface TopicCaptures {
  device: string | undefined
  key: string | undefined
  /** Not of the topic but of a LoRaWAN uplink inside the message: the port that its script is told. */
  fPort?: number
}

/** A message that a converter asks its owner to publish where its readings came from: at QoS 0, not retained. */
export interface Request {
  topic: string
  payload: Uint8Array
}

/** What a convention needs beyond the message at hand: what earlier messages of the same integration said,
 *  and a way to ask the sender for more. The owner keeps it (conversations.ts in integrations/). */
export interface Conversation {
  /** What `put` last kept under this key, the same bytes; they are not changed. */
  get(key: string): Uint8Array | undefined
  /** Keeps bytes, durably in the batch of the message at hand. A converter calls it last, when nothing
   *  can be wrong with the message any more.
   *  @returns false when there is no room; what was there before is then gone. */
  put(key: string, value: Uint8Array): boolean
  /** Publishes once the batch of the message is stored; the same topic not more often than its owner allows. */
  request(request: Request): void
}

export interface Converter {
  /** Appends the message's readings to `out`, which the caller has reset.
   *  A reading without a time of its own gets ts NaN; ingest decides it (I3).
   *  @param conversation of the integration; undefined: each message stands alone.
   *  @throws ConversionError when the payload can't be read: the message is then rejected whole (I6). Where
   *  parts stand on their own, what can't be read goes to `out.leaveOut` instead. */
  decode(message: Message, captures: TopicCaptures, out: Readings, conversation?: Conversation): void
  /** Only of converters that work elsewhere, such as a script in a worker thread: begins the work and resolves
   *  with a converter that knows what this one message gives, or why it gives nothing. Never rejects for what
   *  is in a message. Reads `message` before it returns and copies what it needs of it; the time it is told
   *  is `message.decidedTs`, which a resend has too (I3). `decode` is then only for the converter it gives. */
  prepare?(message: Message, captures: TopicCaptures): Promise<Converter>
  /** More is waiting for `prepare` than should: who sends is not read until what it sent is ready (I7). */
  readonly isCrowded?: boolean
}

/** Why a message can't become readings. The sentence is stored with it and sent as a reason string. */
export class ConversionError extends Error {
  override name = 'ConversionError'
  /** A stable word for counters and filters, for example `json_syntax`, `clock_ahead`. */
  readonly code: string
  constructor(code: string, sentence: string) {
    super(sentence)
    this.code = code
  }
}
