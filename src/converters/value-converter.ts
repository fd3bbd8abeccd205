// Reads one bare value per message, as switches and ESPHome sensors publish them: type `value`.
//
//   21.5 → number · ON, OFF, true, false → boolean · anything else → string
import type { Message } from '../model/message.ts'
import type { Value } from '../model/reading.ts'
import type { Converter, TopicCaptures } from './converter.ts'
import { numberFromText, numberKind } from './json-number.ts'
import { checkText } from './json-reader.ts'
import { hasTsProperty, tsFromProperties, type TsUnit } from './reading-time.ts'
import type { Readings } from './readings.ts'
import { quoted, reject } from './rejections.ts'
import { scanNumber } from './scan-number.ts'

export const valueTypes = ['auto', 'number', 'boolean', 'string'] as const
export type ValueType = (typeof valueTypes)[number]

export interface ValueConverterOptions {
  readonly valueType: ValueType
  /** The telemetry key where the topic gives none. */
  readonly key: string | undefined
  /** Unit of the user property `ts`. */
  readonly tsUnit: TsUnit
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['on', true],
  ['true', true],
  ['off', false],
  ['false', false],
])
const notFinite = /^[+-]?(?:nan|inf|infinity)$/i
const wordLengthMax = 9
const numberCell = new Float64Array(1)

export class ValueConverter implements Converter {
  readonly #options: ValueConverterOptions
  readonly #takesNumbers: boolean

  constructor(options: ValueConverterOptions) {
    this.#options = options
    this.#takesNumbers = options.valueType === 'auto' || options.valueType === 'number'
  }

  decode(message: Message, captures: TopicCaptures, out: Readings): void {
    const { source, payloadStart, payloadEnd } = message
    const key = captures.key ?? this.#options.key
    const device = captures.device ?? message.device
    if (this.#takesNumbers && key !== undefined && !hasTsProperty(message.properties)) {
      if (scanNumber(source, payloadStart, payloadEnd, numberCell, 0) === payloadEnd) {
        out.add(device, key, NaN, numberCell[0])
        return
      }
    }
    this.#decodeText(message, device, key, out)
  }

  #decodeText(message: Message, device: string, key: string | undefined, out: Readings): void {
    const { source, payloadStart, payloadEnd } = message
    checkText(source, payloadStart, payloadEnd)
    const text = source.toString('utf8', payloadStart, payloadEnd).trim()
    if (text === '') reject('payload_empty')
    if (key === undefined) reject('no_key', { found: quoted(text) })
    const ts = tsFromProperties(message.properties, this.#options.tsUnit)
    out.add(device, key, ts, valueFrom(text, this.#options.valueType))
  }
}

/** The value that a bare text stands for. @throws ConversionError `value_type`, `not_finite`, `number_range`. */
export function valueFrom(text: string, type: ValueType): Value {
  if (type === 'string') return text
  const value = wordOrNumber(text)
  if (type !== 'auto' && typeof value !== type && !(type === 'number' && typeof value === 'bigint')) {
    reject('value_type', { found: quoted(text), expected: type })
  }
  return value
}

function wordOrNumber(text: string): Value {
  if (text.length <= wordLengthMax) {
    const boolean = booleans.get(text.toLowerCase())
    if (boolean !== undefined) return boolean
    if (notFinite.test(text)) reject('not_finite', { what: `The value ${text}` })
  }
  const kind = numberKind(text)
  if (kind === undefined) return text
  const value = numberFromText(text, kind)
  if (value === undefined) reject('number_range', { number: quoted(text) })
  return value
}
