// Zigbee2MQTT: {base}/{friendly name} with a JSON object, {base}/{friendly name}/availability, and commands
// and news of the bridge beside them, which are no readings. A friendly name may have levels of its own.
import * as z from 'zod'
import type { Message } from '../../model/message.ts'
import { converterKind } from '../converter-kind.ts'
import type { Converter, TopicCaptures } from '../converter.ts'
import { JsonFields, describe, memberAt, tsAt } from '../json-fields.ts'
import { topicPrefix } from '../option-shapes.ts'
import { tsFromProperties } from '../reading-time.ts'
import type { Readings } from '../readings.ts'
import { quoted, reject } from '../rejections.ts'
import { isEmpty, isObject, objectOf, onlineFrom, onlineKey, textOf, valueOfText } from './payload.ts'

const seenKey = 'last_seen'
const availability = 'availability'
const commands = new Set(['set', 'get'])

class Zigbee2MqttConverter implements Converter {
  readonly #base: string

  constructor(base: string) {
    this.#base = `${base}/`
  }

  decode(message: Message, captures: TopicCaptures, out: Readings): void {
    const { topic } = message
    if (!topic.startsWith(this.#base)) {
      reject('topic_shape', { topic: quoted(topic), expected: `${this.#base}lamp` })
    }
    const levels = topic.slice(this.#base.length).split('/')
    const last = levels.at(-1) ?? ''
    if (levels[0] === 'bridge' || commands.has(last) || commands.has(levels.at(-2) ?? '')) return
    if (isEmpty(message)) return
    if (last === availability && levels.length > 1) {
      const device = captures.device ?? levels.slice(0, -1).join('/')
      out.add(device, onlineKey, tsFromProperties(message.properties, 'auto'), availabilityOf(message))
    } else if (isObject(message)) readObject(message, captures.device ?? levels.join('/'), out)
    else readAttribute(message, captures, levels, out)
  }
}

function availabilityOf(message: Message): boolean {
  if (!isObject(message)) return onlineFrom(textOf(message))
  const { root } = objectOf(message)
  const state = memberAt(root, 'state')
  if (typeof state !== 'string') {
    reject('path_shape', { path: 'state', expected: '"online" or "offline"', found: describe(state) })
  }
  return onlineFrom(state)
}

function readObject(message: Message, device: string, out: Readings): void {
  const { reader, root } = objectOf(message)
  const fields = new JsonFields(reader)
  let ts = tsFromProperties(message.properties, 'auto')
  for (const [name, node] of root.members) {
    if (name !== seenKey) fields.put(name, node)
    else if (node !== null) ts = tsAt(seenKey, node, 'auto')
  }
  fields.addTo(out, device, ts)
}

/** Set up to publish attributes, the bridge gives each value a topic of its own. */
function readAttribute(message: Message, captures: TopicCaptures, levels: string[], out: Readings): void {
  const text = textOf(message)
  const key = captures.key ?? (levels.length > 1 ? levels.at(-1) : undefined)
  if (key === undefined) reject('no_key', { found: quoted(text) })
  // What is not known comes as the text null, or as none.
  if (key === seenKey || text === 'null' || text === '') return
  const device = captures.device ?? levels.slice(0, -1).join('/')
  out.add(device, key, tsFromProperties(message.properties, 'auto'), valueOfText(text))
}

export const zigbee2mqtt = converterKind({
  type: 'zigbee2mqtt',
  title: 'Zigbee2MQTT',
  about: 'Zigbee devices behind a Zigbee2MQTT bridge; devices are called by their friendly names.',
  topics: ['zigbee2mqtt/#'],
  namesDevices: false,
  topicFit: (topic) => (topic.startsWith('zigbee2mqtt/') ? 1 : 0),
  schema: z.strictObject({
    type: z.literal('zigbee2mqtt'),
    base: topicPrefix.default('zigbee2mqtt').describe('Topic of the bridge, as its mqtt.base_topic says.'),
  }),
  create: ({ base }) => new Zigbee2MqttConverter(base),
})
