// A reading is one measured value: what Ackstone exists to keep.

/** JSON kept as text: what was sent is what is read back. */
export class JsonText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** number: a finite double · bigint: an integer beyond ±2^53 that fits 64 bits · boolean · string · JSON. */
export type Value = number | bigint | boolean | string | JsonText

/** One value of one key of one device at one moment. (device, key, ts) is the row. */
export interface Reading {
  /** UTF-8, 1 to 256 bytes. */
  device: string
  /** UTF-8, 1 to 128 bytes. */
  key: string
  /** Integer microseconds since the epoch, UTC. */
  ts: number
  value: Value
}

export const deviceBytesMax = 256
export const keyBytesMax = 128
/** For string and JSON values. */
export const valueBytesMax = 64 * 1024
/** The years 1684 to 2255: what a safe integer of microseconds can say, without a gap between two of them. */
export const tsMin = -9_007_199_254_740_991
export const tsMax = 9_007_199_254_740_991

/** What happens when a row is written again: the last write stays, or the first. */
export type DuplicatesPolicy = 'overwrite' | 'ignore'

/** Whether two values are the same value of the same type. */
export function isSameValue(a: Value, b: Value): boolean {
  if (a instanceof JsonText) return b instanceof JsonText && a.text === b.text
  return Object.is(a, b)
}
