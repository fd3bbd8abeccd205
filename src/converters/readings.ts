// The readings of one message while it is being converted: columns that are filled, checked and reused.
// Every converter appends here, so the data model's limits are enforced in this one place.
import {
  JsonText,
  deviceBytesMax,
  keyBytesMax,
  tsMax,
  tsMin,
  valueBytesMax,
  type Value,
} from '../model/reading.ts'
import type { ConversionError } from './converter.ts'
import { quoted, reject } from './rejections.ts'

/** Readings of one message at most; more are rejected as `too_many_readings`. */
export const readingsPerMessageMax = 10_000
/** A reading this far in the future is rejected as `clock_ahead` unless configured otherwise. */
export const clockAheadMaxMsDefault = 24 * 60 * 60 * 1000

export class Readings {
  readonly devices: string[] = []
  readonly keys: string[] = []
  /** Integer microseconds, or NaN where the message gives no time. */
  readonly ts: number[] = []
  readonly values: Value[] = []
  count = 0
  /** `null` values left out: they are not stored. */
  nulls = 0
  /** At least one reading has no time of its own. */
  lacksTs = false
  /** For readings that say how long before or after the message they were taken: index → microseconds. */
  readonly offsets = new Map<number, number>()
  /** Why a part of the message could not be read, the first reason of several; undefined when all was read.
   *  The rest is stored, and the message kept as rejected as well (I6). */
  leftOut: ConversionError | undefined = undefined
  #tsLimit = 0
  readonly #clockAheadMaxMs: number

  constructor(clockAheadMaxMs: number = clockAheadMaxMsDefault) {
    this.#clockAheadMaxMs = clockAheadMaxMs
  }

  /** Empties the columns for the next message, received at `receivedTs` (microseconds). */
  reset(receivedTs: number): void {
    this.clear()
    this.#tsLimit = Math.min(tsMax, receivedTs + this.#clockAheadMaxMs * 1000)
  }

  /** Drops what was appended since `reset`: for a converter that starts over on the same message. */
  clear(): void {
    this.count = 0
    this.nulls = 0
    this.lacksTs = false
    this.leftOut = undefined
    if (this.offsets.size > 0) this.offsets.clear()
  }

  /** A part of the message can't be read, and says nothing about the others. */
  leaveOut(reason: ConversionError): void {
    this.leftOut ??= reason
  }

  /** Drops the readings from the `count`th on: of a part that turned out to be unreadable. */
  truncate(count: number): void {
    this.count = count
    for (const at of this.offsets.keys()) if (at >= count) this.offsets.delete(at)
  }

  /** Gives the readings from the `from`th on, as far as they have no time, this one.
   *  @param ts integer microseconds. @throws ConversionError when it is out of range. */
  giveTime(from: number, ts: number): void {
    if (ts > this.#tsLimit || ts < tsMin) this.#refuseTs(ts)
    for (let i = from; i < this.count; i++) {
      if (Number.isNaN(this.ts[i]) && !this.offsets.has(i)) this.ts[i] = ts
    }
  }

  /** Appends one reading whose time is that of the message, moved by an offset (integer microseconds). */
  addRelative(device: string, key: string, offset: number, value: Value): void {
    if (!Number.isSafeInteger(offset)) reject('ts_range', { found: `${offset / 1000} ms from now` })
    this.add(device, key, NaN, value)
    if (offset !== 0) this.offsets.set(this.count - 1, offset)
  }

  /** Appends one reading.
   *  @param ts integer microseconds, or NaN for "no time of its own".
   *  @throws ConversionError when it breaks a limit of the data model. */
  add(device: string, key: string, ts: number, value: Value): void {
    if (this.count === readingsPerMessageMax) {
      reject('too_many_readings', { most: readingsPerMessageMax })
    }
    // A string of n UTF-16 units takes at most 3n bytes, so short ones need no counting.
    if (device.length === 0 || device.length * 3 > deviceBytesMax) checkDevice(device)
    if (key.length === 0 || key.length * 3 > keyBytesMax) checkKey(key)
    if (ts > this.#tsLimit || ts < tsMin) this.#refuseTs(ts)
    if (typeof value !== 'number') checkValue(key, value)
    else if (!Number.isFinite(value)) reject('not_finite', { what: `The value of ${quoted(key)}` })
    if (Number.isNaN(ts)) this.lacksTs = true
    const at = this.count++
    this.devices[at] = device
    this.keys[at] = key
    this.ts[at] = ts
    this.values[at] = value
  }

  /** Takes out the readings without a time of their own; returns how many there were. */
  removeTimeless(): number {
    let kept = 0
    for (let i = 0; i < this.count; i++) {
      if (Number.isNaN(this.ts[i])) continue
      this.devices[kept] = this.devices[i]!
      this.keys[kept] = this.keys[i]!
      this.ts[kept] = this.ts[i]!
      this.values[kept] = this.values[i]!
      kept++
    }
    const removed = this.count - kept
    this.count = kept
    this.lacksTs = false
    return removed
  }

  #refuseTs(ts: number): never {
    const found = `${ts / 1000} ms`
    if (ts < tsMin || ts > tsMax) reject('ts_range', { found })
    reject('clock_ahead', { found, most: this.#clockAheadMaxMs / 3_600_000 })
  }
}

function checkDevice(device: string): void {
  const bytes = Buffer.byteLength(device)
  if (bytes === 0) reject('no_device')
  if (bytes > deviceBytesMax) reject('device_length', { most: deviceBytesMax, bytes })
}

function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key)
  if (bytes === 0) reject('key_empty')
  if (bytes > keyBytesMax) reject('key_length', { most: keyBytesMax, bytes })
}

function checkValue(key: string, value: Exclude<Value, number>): void {
  if (typeof value === 'bigint' || typeof value === 'boolean') return
  const text = value instanceof JsonText ? value.text : value
  if (text.length * 3 <= valueBytesMax) return
  const bytes = Buffer.byteLength(text)
  if (bytes > valueBytesMax) reject('value_length', { key: quoted(key), bytes, most: valueBytesMax })
}
