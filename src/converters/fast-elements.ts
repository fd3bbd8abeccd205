// The fast path from JSON bytes to readings: one pass, no objects, no strings for names met before. It takes
// only what devices usually send and answers "not for me" to everything else, errors included: the plain
// path (json-shape.ts) then reads the message from its beginning, so this one never says what is wrong.
//
// A read may run beyond the payload into what follows in `source`, but never comes back, and the caller only
// takes a document that ends where the payload ends.
import type { Message } from '../model/message.ts'
import { deviceBytesMax, keyBytesMax, type Value } from '../model/reading.ts'
import { ConversionError, type TopicCaptures } from './converter.ts'
import { InternTable, isNameAt, type InternedName } from './intern-table.ts'
import { payloadBytesMax, refusedKeys } from './json-reader.ts'
import type { JsonShape } from './json-shape.ts'
import { hasTsProperty, tsFromNumber, tsFromText } from './reading-time.ts'
import type { Readings } from './readings.ts'
import { notFast, scanLongNumber, scanNumber } from './scan-number.ts'

const space = 0x20
const quote = 0x22
const comma = 0x2c
const minus = 0x2d
const zero = 0x30
const colon = 0x3a
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

const roleKey = 0
const roleTs = 1
const roleValues = 2
const roleDevice = 3

/** Names of telemetry keys, and of devices, that one converter remembers. An element with more keys than
 *  this is left to the plain path. */
const namesMax = 4096

/** Readings of the element being read, for its time and device may stand after them. Decoding is synchronous,
 *  so all converters share one place. Where a number is NaN the value is no number and stands in `others`. */
const pendingNames: string[] = []
const pendingNumbers = new Float64Array(namesMax)
const pendingOthers: Value[] = []
const tsCell = new Float64Array(1)

export class FastElements {
  readonly #shape: JsonShape
  readonly #keys: InternTable
  /** Devices named in payloads. */
  readonly devices: InternTable
  /** The first name of the previous element. */
  #first: InternedName | undefined = undefined
  #mark = 0
  #ts = NaN
  #device: string | undefined = undefined
  #isTimedElsewhere = false
  #pending = 0
  #nulls = 0

  constructor(shape: JsonShape) {
    this.#shape = shape
    this.#keys = new InternTable(namesMax, keyBytesMax, (name) => roleOf(name, shape))
    this.devices = new InternTable(namesMax, deviceBytesMax, (name) =>
      refusedKeys.has(name) ? undefined : 0,
    )
  }

  /** To be called before each message.
   *  @returns where its document ends, the spaces after it left out; `notFast` when there can be none. */
  begin(message: Message): number {
    if (this.#keys.isFull) {
      this.#keys.forget()
      this.#first = undefined
    }
    if (this.devices.isFull) this.devices.forget()
    this.#isTimedElsewhere = hasTsProperty(message.properties)
    const { source, payloadStart } = message
    let end = message.payloadEnd
    if (end - payloadStart > payloadBytesMax) return notFast
    while (end > payloadStart && isJsonSpace(source[end - 1])) end--
    return end > payloadStart ? end : notFast
  }

  /** A value at `at` that the topic gives the key.
   *  @returns the position after it, or `notFast`. @throws ConversionError when it breaks a limit. */
  bare(
    message: Message,
    at: number,
    end: number,
    { device, key = '' }: TopicCaptures,
    out: Readings,
  ): number {
    this.#pending = 0
    this.#nulls = 0
    if (this.#isTimedElsewhere) return notFast
    const after = this.#reading(message.source, at, end, key)
    if (after !== notFast && this.#pending === 1) {
      const value = Number.isNaN(pendingNumbers[0]) ? pendingOthers[0] : pendingNumbers[0]
      out.add(device ?? message.device, key, NaN, value)
    }
    out.nulls += this.#nulls
    return after
  }

  /** An array of elements whose bracket is at `at`.
   *  @returns the position after it, or `notFast`. */
  array(message: Message, at: number, end: number, device: string | undefined, out: Readings): number {
    const { source } = message
    let p = skipSpace(source, at + 1)
    if (source[p] === closeBracket) return p + 1
    for (;;) {
      if (source[p] !== openBrace || p >= end) return notFast
      p = this.element(message, p, end, device, out)
      if (p === notFast) return notFast
      p = skipSpace(source, p)
      if (source[p] === closeBracket) return p + 1
      if (source[p] !== comma) return notFast
      p = skipSpace(source, p + 1)
    }
  }

  /** An element whose brace is at `at`; its readings are appended to `out`.
   *  @param device as the topic or an outer layer names it.
   *  @returns the position after it, or `notFast`.
   *  @throws ConversionError when a reading breaks a limit. */
  element(message: Message, at: number, end: number, device: string | undefined, out: Readings): number {
    this.#pending = 0
    this.#nulls = 0
    this.#ts = NaN
    this.#device = device
    const after = this.#members(message.source, at + 1, end)
    const ts = this.#ts
    if (after === notFast || (this.#isTimedElsewhere && Number.isNaN(ts))) return notFast
    const named = this.#device ?? message.device
    for (let i = 0; i < this.#pending; i++) {
      const number = pendingNumbers[i]
      out.add(named, pendingNames[i], ts, Number.isNaN(number) ? pendingOthers[i] : number)
    }
    out.nulls += this.#nulls
    return after
  }

  /** @param p after the brace of the element; the object of `valuesKey` is read in the same loop. */
  #members(source: Buffer, start: number, end: number): number {
    const mark = (this.#mark = (this.#mark + 1) & 0x3fffffff)
    let p = source[start] <= space ? skipSpace(source, start) : start
    if (source[p] === closeBrace) return p + 1
    let isInner = false
    let previous: InternedName | undefined
    for (;;) {
      if (source[p] !== quote) return notFast
      const name = this.#name(source, p + 1, end, previous)
      if (name === undefined || name.seenIn === mark) return notFast
      name.seenIn = mark
      previous = name
      p += name.length + 2
      if (source[p] !== colon) p = skipSpace(source, p)
      if (source[p] !== colon) return notFast
      if (source[++p] <= space) p = skipSpace(source, p)
      if (name.role === roleValues && !isInner && source[p] === openBrace) {
        if (source[++p] <= space) p = skipSpace(source, p)
        isInner = true
        if (source[p] !== closeBrace) continue
      } else {
        p =
          name.role === roleKey || isInner
            ? this.#reading(source, p, end, name.text)
            : this.#meta(source, p, end, name)
        if (p === notFast) return notFast
      }
      // Ends of objects, until the next name.
      for (;;) {
        if (source[p] <= space) p = skipSpace(source, p)
        const byte = source[p++]
        if (byte === comma) break
        if (byte !== closeBrace) return notFast
        if (!isInner) return p
        isInner = false
        if (p >= end) return notFast
      }
      if (source[p] <= space) p = skipSpace(source, p)
    }
  }

  /** The name whose first byte is at `at`: the one that came here last time, if it is the same again. */
  #name(
    source: Buffer,
    at: number,
    end: number,
    previous: InternedName | undefined,
  ): InternedName | undefined {
    const guess = previous === undefined ? this.#first : previous.next
    if (guess !== undefined && isNameAt(guess, source, at)) {
      if (source[at + guess.length] === quote) return guess
    }
    const name = this.#keys.find(source, at, end)
    if (previous === undefined) this.#first = name
    else previous.next = name
    return name
  }

  /** @returns the position after the value, or `notFast`. */
  #reading(source: Buffer, p: number, end: number, name: string): number {
    const slot = this.#pending++
    pendingNames[slot] = name
    const byte = source[p]
    if (byte === minus || (byte >= zero && byte <= 0x39))
      return scanNumber(source, p, end, pendingNumbers, slot)
    pendingNumbers[slot] = NaN
    if (byte === quote) {
      const after = textEnd(source, p, end)
      if (after === notFast) return notFast
      const text = source.toString('latin1', p + 1, after - 1)
      const most = this.#shape.stringCharactersMax
      pendingOthers[slot] = text
      return most === undefined || text.length <= most ? after : notFast
    }
    if (isWordAt(source, p, 'true')) {
      pendingOthers[slot] = true
      return p + 4
    }
    if (isWordAt(source, p, 'false')) {
      pendingOthers[slot] = false
      return p + 5
    }
    if (!isWordAt(source, p, 'null')) return notFast
    this.#pending--
    this.#nulls++
    return p + 4
  }

  /** The element's time or device. */
  #meta(source: Buffer, p: number, end: number, name: InternedName): number {
    const isText = source[p] === quote
    if (name.role === roleDevice) {
      const device = isText ? this.devices.find(source, p + 1, end) : undefined
      if (device === undefined) return notFast
      this.#device ??= device.text
      return p + device.length + 2
    }
    if (name.role !== roleTs) return notFast
    const { tsUnit, zone } = this.#shape
    if (!isText) {
      const after = scanLongNumber(source, p, end, tsCell, 0)
      if (after !== notFast) this.#ts = tsFromNumber(tsCell[0], tsUnit)
      return after
    }
    const after = textEnd(source, p, end)
    if (after !== notFast) this.#ts = tsFromText(source.toString('latin1', p + 1, after - 1), tsUnit, zone)
    return after
  }
}

/** The position after a text whose quote is at `opening`, if it is plain ASCII without escapes. */
function textEnd(source: Buffer, opening: number, end: number): number {
  for (let p = opening + 1; p < end; p++) {
    const byte = source[p]
    if (byte === quote) return p + 1
    if (byte < space || byte >= 0x80 || byte === 0x5c) return notFast
  }
  return notFast
}

/** Whether an error of the fast path is a broken limit. The plain path then breaks it again, or finds
 *  something earlier in the payload. */
export function isBrokenLimit(error: unknown): boolean {
  return error instanceof ConversionError
}

export function skipSpace(source: Buffer, at: number): number {
  let p = at
  for (;;) {
    if (!isJsonSpace(source[p])) return p
    p++
  }
}

function isJsonSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function isWordAt(source: Buffer, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) {
    if (source[at + i] !== word.charCodeAt(i)) return false
  }
  return true
}

function roleOf(name: string, shape: JsonShape): number | undefined {
  if (refusedKeys.has(name)) return undefined
  if (name === shape.tsKey) return roleTs
  if (name === shape.deviceKey) return roleDevice
  return name === shape.valuesKey ? roleValues : roleKey
}
