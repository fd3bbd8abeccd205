// Tasmota: tele/{topic}/SENSOR and STATE with a JSON object, LWT with Online or Offline, and what stat/{topic}
// answers. Times are those of the device's clock on the wall and name no zone, so the integration does.
import * as z from 'zod'
import type { Message } from '../../model/message.ts'
import { converterKind, fitting } from '../converter-kind.ts'
import type { Converter, TopicCaptures } from '../converter.ts'
import { JsonFields, tsAt } from '../json-fields.ts'
import { JsonObject, type JsonNode } from '../json-reader.ts'
import { timeZone } from '../option-shapes.ts'
import { tsFromProperties } from '../reading-time.ts'
import type { Readings } from '../readings.ts'
import { quoted, reject } from '../rejections.ts'
import { TimeZone } from '../time-zone.ts'
import { isEmpty, isObject, objectOf, onlineFrom, onlineKey, setClock, textOf } from './payload.ts'

const timeKey = 'Time'
/** With the setting `Time 2`: seconds, in UTC. */
const epochKey = 'Epoch'
const power = /^POWER\d*$/
/** Answers to `Status 8`, `10` and `11` wrap what SENSOR and STATE say. */
const wrappers = ['StatusSNS', 'StatusSTS']

class TasmotaConverter implements Converter {
  readonly #topic: RegExp
  readonly #fullTopic: string
  readonly #zone: TimeZone

  constructor(fullTopic: string, zone: string) {
    this.#fullTopic = fullTopic
    this.#topic = topicPattern(fullTopic)
    this.#zone = new TimeZone(zone)
  }

  decode(message: Message, captures: TopicCaptures, out: Readings): void {
    const parts = this.#topic.exec(message.topic)?.groups
    if (parts === undefined) {
      const expected = this.#fullTopic.replace('%prefix%', 'tele').replace('%topic%', 'plug') + 'SENSOR'
      reject('topic_shape', { topic: quoted(message.topic), expected })
    }
    const { prefix, name } = parts
    if (isEmpty(message)) return
    const device = captures.device ?? parts.topic
    if (prefix === 'tele' && name === 'LWT') {
      out.add(device, onlineKey, tsFromProperties(message.properties, 'auto'), onlineFrom(textOf(message)))
    } else if (isTelemetry(prefix, name) && isObject(message)) this.#readObject(message, device, out)
    // What should be an object and is none says so itself.
    else if (prefix === 'tele' && (name === 'SENSOR' || name === 'STATE')) objectOf(message)
    // The same key is a text in STATE, so it stays one here.
    else if (prefix === 'stat' && power.test(name)) {
      out.add(device, name, tsFromProperties(message.properties, 'auto'), textOf(message))
    }
  }

  #readObject(message: Message, device: string, out: Readings): void {
    const { reader, root } = objectOf(message)
    const [only] = root.members.size === 1 ? root.members : []
    const isWrapped = only !== undefined && wrappers.includes(only[0]) && only[1] instanceof JsonObject
    const { members } = isWrapped ? (only[1] as JsonObject) : root
    const fields = new JsonFields(reader)
    let clock = NaN
    let epoch = NaN
    for (const [name, node] of members) {
      if (name === timeKey) clock = setClock(tsAt(timeKey, withDashes(node), 'auto', this.#zone))
      else if (name === epochKey) epoch = setClock(tsAt(epochKey, node, 's'))
      else fields.put(name, node)
    }
    // The same moment twice; the one that needs no zone can't be an hour off.
    let ts = Number.isNaN(epoch) ? clock : epoch
    if (Number.isNaN(ts)) ts = tsFromProperties(message.properties, 'auto')
    fields.addTo(out, device, ts)
  }
}

/** Firmware before version 6 writes the day with points: 2018.02.15 01:00:50. */
function withDashes(node: JsonNode): JsonNode {
  return typeof node === 'string' ? node.replace(/^(\d{4})\.(\d\d)\.(\d\d)(?=[ T])/, '$1-$2-$3') : node
}

function isTelemetry(prefix: string, name: string): boolean {
  if (prefix === 'tele') return name === 'SENSOR' || name === 'STATE' || name === 'RESULT'
  return prefix === 'stat' && /^(?:RESULT|STATUS(?:8|10|11))$/.test(name)
}

/** `%topic%` may have levels of its own, other variables are one level each. */
function topicPattern(fullTopic: string): RegExp {
  const pattern = fullTopic
    .split(/(%\w+%)/)
    .map((part) => {
      if (part === '%prefix%') return '(?<prefix>[^/]+)'
      if (part === '%topic%') return '(?<topic>.+)'
      return /^%\w+%$/.test(part) ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    })
    .join('')
  return new RegExp(`^${pattern}(?<name>[^/]+)$`, 's')
}

const fullTopicOption = z
  .string({ error: 'The full topic is a text such as %prefix%/%topic%/.' })
  .max(256, { error: 'The full topic has 256 characters at most.' })
  .transform((text) => (text.endsWith('/') ? text : `${text}/`))
  .refine((text) => ['%prefix%', '%topic%'].every((name) => text.split(name).length === 2), {
    error: 'The full topic has %prefix% and %topic% once each.',
  })

const knownTopics =
  /(?:^|\/)(?:tele|stat|cmnd)\/(?:.+\/)?(?:SENSOR|STATE|LWT|RESULT|INFO\d|POWER\d*|STATUS\d*)$/

export const tasmota = converterKind({
  type: 'tasmota',
  title: 'Tasmota',
  about: 'Plugs, switches and sensors with the Tasmota firmware.',
  topics: ['tele/{device}/+'],
  namesDevices: false,
  topicFit: fitting(knownTopics),
  variants: [{}, { fullTopic: '%topic%/%prefix%/' }],
  schema: z.strictObject({
    type: z.literal('tasmota'),
    fullTopic: fullTopicOption.default('%prefix%/%topic%/').describe('FullTopic as the devices have it.'),
    timeZone: timeZone.default('UTC').describe('Zone of the devices’ clocks: their times name none.'),
  }),
  create: ({ fullTopic, timeZone: zone }) => new TasmotaConverter(fullTopic, zone),
})
