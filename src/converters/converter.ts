// Converters turn a payload into readings. They are pure: no clock, no I/O, nothing random; the same
// message gives the same readings, which is what makes a resend land on the same rows (I2, I3).
import type { Message } from '../model/message.ts'
import type { Readings } from './readings.ts'

/** What the topic itself says, through `{device}` and `{key}` in the integration's filter. */
export interface TopicCaptures {
  device: string | undefined
  key: string | undefined
}

export interface Converter {
  /** Appends the message's readings to `out`, which the caller has reset.
   *  A reading without a time of its own gets ts NaN; ingest decides it (I3).
   *  @throws ConversionError when the payload can't be read: the message is then rejected whole (I6). */
  decode(message: Message, captures: TopicCaptures, out: Readings): void
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
