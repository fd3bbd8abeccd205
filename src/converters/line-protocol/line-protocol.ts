// InfluxDB line protocol: type `line-protocol`. Lines stand on their own: one that can't be read takes nothing
// from the others, and the message is then kept as rejected beside what could be stored.
import * as z from 'zod'
import type { Message } from '../../model/message.ts'
import type { Value } from '../../model/reading.ts'
import { converterKind } from '../converter-kind.ts'
import { ConversionError, type Converter, type TopicCaptures } from '../converter.ts'
import { numberFromText } from '../json-number.ts'
import { checkText } from '../json-reader.ts'
import { memberName } from '../option-shapes.ts'
import { tsFromProperties, tsFromText } from '../reading-time.ts'
import type { Readings } from '../readings.ts'
import { quoted, reject } from '../rejections.ts'
import { LineFault, LineReader, type Point, type Written } from './line-reader.ts'

/** With more lines than this at fault, a message is something else. */
export const faultsMax = 1_000

const precisions = ['ns', 'us', 'ms', 's'] as const

interface LineProtocolOptions {
  readonly precision: (typeof precisions)[number]
  readonly deviceTags: readonly string[]
  readonly keyTags: readonly string[]
  readonly keys: 'measurement.field' | 'field'
}

const booleans: ReadonlyMap<string, boolean> = new Map(
  ['t', 'T', 'true', 'True', 'TRUE', 'f', 'F', 'false', 'False', 'FALSE'].map((word) => [
    word,
    /^t/i.test(word),
  ]),
)
const integer = /^([+-]?\d{1,20})([iu])$/
const float = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

class LineProtocolConverter implements Converter {
  readonly #options: LineProtocolOptions

  constructor(options: LineProtocolOptions) {
    this.#options = options
  }

  decode(message: Message, captures: TopicCaptures, out: Readings): void {
    const { source, payloadStart, payloadEnd } = message
    checkText(source, payloadStart, payloadEnd)
    const text = source.toString('utf8', payloadStart, payloadEnd)
    const reader = new LineReader(text)
    const messageTs = tsFromProperties(message.properties, 'auto')
    let faults = 0
    while (!reader.isAtEnd) {
      const start = reader.at
      const count = out.count
      try {
        const point = reader.point()
        if (point !== undefined) this.#add(point, captures.device, messageTs, out)
      } catch (error) {
        leaveLineOut(error, reader, start, out)
        if (++faults > faultsMax) break
        out.truncate(count)
        // Texts go over the ends of lines: a line with a fault ends behind the fault, not behind its beginning.
        if (error instanceof LineFault) reader.skipLine(error.at)
      }
    }
    const isUnreadable = out.count === 0 || faults > faultsMax
    if (isUnreadable && out.leftOut !== undefined) throw out.leftOut
  }

  #add(point: Point, captured: string | undefined, messageTs: number, out: Readings): void {
    const { precision, deviceTags, keyTags, keys } = this.#options
    const { measurement, tags, fields, time } = point
    const tag = deviceTags.find((name) => tags.has(name))
    const device = captured ?? (tag === undefined ? seriesName(point) : (tags.get(tag) ?? ''))
    const ts = time === undefined ? messageTs : tsFromText(time, precision)
    const before = keys === 'field' ? [] : [measurement]
    for (const name of keyTags) if (tags.has(name)) before.push(tags.get(name) ?? '')
    for (const [field, written] of fields) {
      out.add(device, [...before, field].join('.'), ts, valueOf(field, written))
    }
  }
}

/** The first reason is kept: its place is looked for once.
 *  @param start where the line begins. @throws errors of another kind. */
function leaveLineOut(error: unknown, reader: LineReader, start: number, out: Readings): void {
  if (error instanceof LineFault) {
    if (out.leftOut === undefined) out.leaveOut(reader.rejection(error))
  } else if (error instanceof ConversionError && error.code !== 'too_many_readings') {
    if (out.leftOut === undefined) {
      out.leaveOut(new ConversionError(error.code, `Line ${reader.lineAt(start)}: ${error.message}`))
    }
  } else throw error
}

/** Measurement and tags: what a series is in this protocol. */
function seriesName({ measurement, tags }: Point): string {
  const sorted = [...tags].map(([name, value]) => `${name}=${value}`).toSorted()
  return [measurement, ...sorted].join(',')
}

function valueOf(field: string, written: Written): Value {
  if ('text' in written) return written.text
  const { literal } = written
  const boolean = booleans.get(literal)
  if (boolean !== undefined) return boolean
  const whole = integer.exec(literal)
  if (whole !== null) {
    const value = numberFromText(String(BigInt(whole[1].replace('+', ''))), 'whole')
    if (value === undefined || (whole[2] === 'u' && value < 0))
      reject('number_range', { number: quoted(literal) })
    return value
  }
  if (/^[+-]?(?:nan|inf)/i.test(literal)) reject('not_finite', { what: `The value ${literal.slice(0, 16)}` })
  if (!float.test(literal)) {
    const expected = 'a number, a boolean or a text in quotes'
    reject('path_shape', { path: quoted(field), expected, found: quoted(literal) })
  }
  const value = Number(literal)
  if (!Number.isFinite(value)) reject('number_range', { number: quoted(literal) })
  return value + 0
}

const tagNames = z.array(memberName, { error: 'These are names of tags.' }).max(16)

export const lineProtocol = converterKind({
  type: 'line-protocol',
  title: 'InfluxDB line protocol',
  about: 'Lines such as weather,site=A temp=21.5 1465839830100400200, as Telegraf and others write them.',
  topics: ['telegraf/#'],
  namesDevices: false,
  topicFit: (topic) => (/(?:^|\/)(?:telegraf|influx\w*)(?:\/|$)/i.test(topic) ? 1 : 0.4),
  schema: z.strictObject({
    type: z.literal('line-protocol'),
    precision: z
      .enum(precisions, { error: `The precision is one of ${precisions.join(', ')}.` })
      .default('ns')
      .describe('Unit of the times.'),
    deviceTags: tagNames
      .default(['device', 'host'])
      .describe('Tags that name the device where the topic doesn’t; the first that is there counts.'),
    keyTags: tagNames.default([]).describe('Tags whose values become part of the key, where they are there.'),
    keys: z
      .enum(['measurement.field', 'field'], { error: 'Keys are measurement.field or field.' })
      .default('measurement.field')
      .describe('What telemetry keys are made of.'),
  }),
  create: (options) => new LineProtocolConverter(options),
})
