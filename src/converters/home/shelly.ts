// Shelly. From the second generation on: {id}/events/rpc with notifications, {id}/status/{component} with whole
// states, {id}/online. The first: shellies/{id}/… with one value for each topic. Owners of both give later devices
// a prefix below shellies/ too. Updates are often partial.
import * as z from 'zod'
import type { Message } from '../../model/message.ts'
import type { Value } from '../../model/reading.ts'
import { converterKind } from '../converter-kind.ts'
import type { Converter, TopicCaptures } from '../converter.ts'
import { JsonFields, describe, deviceFrom, memberAt, tsAt } from '../json-fields.ts'
import { JsonArray, JsonObject, type JsonNode, type JsonReader } from '../json-reader.ts'
import { tsFromProperties } from '../reading-time.ts'
import type { Readings } from '../readings.ts'
import { quoted, reject } from '../rejections.ts'
import {
  isEmpty,
  isObject,
  objectOf,
  onlineFrom,
  onlineKey,
  setClock,
  textOf,
  valueOfText,
} from './payload.ts'

const firstGeneration = 'shellies/'
/** What only later generations publish. The first has `status` as the last of five levels at most. */
const laterBelowFirst = /^shellies\/(?:.+\/(?:events\/rpc|status\/[^/]+)|[^/]+\/status)$/s
/** What goes to devices, and what they say about themselves: no readings. */
const notRead = new Set(['command', 'set', 'announce', 'rpc'])

class ShellyConverter implements Converter {
  decode(message: Message, captures: TopicCaptures, out: Readings): void {
    if (isEmpty(message)) return
    const { topic } = message
    const isBelowFirst = topic.startsWith(firstGeneration)
    if (isBelowFirst && !laterBelowFirst.test(topic)) return readFirst(message, captures, out)
    const own = isBelowFirst ? topic.slice(firstGeneration.length) : topic
    const parts = /^(.+)\/(?:events\/(rpc)|status(?:\/([^/]+))?|(online))$/s.exec(own)
    if (parts === null) {
      if (/\/(?:rpc|command|debug|announce)(?:\/|$)/.test(topic)) return
      reject('topic_shape', { topic: quoted(topic), expected: 'shellyplus1-aabbcc/events/rpc' })
    }
    const [, device, rpc, component, online] = parts
    const named = captures.device ?? device
    const ts = tsFromProperties(message.properties, 'auto')
    if (online !== undefined) out.add(named, onlineKey, ts, onlineFrom(textOf(message)))
    else if (rpc !== undefined) readNotification(message, captures.device, device, out)
    else readStatus(message, named, component, out)
  }
}

/** {"src": id, "method": "NotifyStatus", "params": {"ts": seconds, component: {…}}} */
function readNotification(
  message: Message,
  captured: string | undefined,
  prefix: string,
  out: Readings,
): void {
  const { reader, root } = objectOf(message)
  const source = deviceFrom(root.members.get('src') ?? null, 'src')
  const device = captured ?? source ?? prefix
  const method = root.members.get('method')
  // An answer to a request: it has no method, and its state comes as a notification as well.
  if (method === undefined) return
  const params = root.members.get('params')
  if (!(params instanceof JsonObject)) {
    reject('path_shape', { path: 'params', expected: 'an object', found: describe(params) })
  }
  if (method === 'NotifyEvent') return readEvents(message, reader, params, device, out)
  if (method !== 'NotifyStatus' && method !== 'NotifyFullStatus') return
  const fields = new JsonFields(reader)
  for (const [name, node] of params.members) {
    if (name !== 'ts') putComponent(fields, name, node)
  }
  fields.addTo(out, device, tsOf(message, params))
}

/** {"ts": seconds, "events": [{"component": "input:0", "id": 0, "event": "single_push", "ts": seconds}]} */
function readEvents(
  message: Message,
  reader: JsonReader,
  params: JsonObject,
  device: string,
  out: Readings,
): void {
  const events = params.members.get('events')
  if (!(events instanceof JsonArray)) {
    reject('path_shape', { path: 'params.events', expected: 'an array', found: describe(events) })
  }
  const ts = tsOf(message, params)
  let number = 0
  for (const node of reader.elements(events)) {
    const path = `params.events[${number++}]`
    const component = memberAt(node, 'component')
    const event = memberAt(node, 'event')
    if (typeof component !== 'string' || typeof event !== 'string') {
      const expected = 'an event with its component'
      reject('path_shape', { path, expected, found: describe(node) })
    }
    const own = setClock(tsAt(`${path}.ts`, memberAt(node, 'ts'), 's'))
    const fields = new JsonFields(reader)
    fields.set(`${component}.event`, event)
    // What a script has to say, such as the values of a sensor that it hears by radio.
    const data = memberAt(node, 'data')
    if (data !== undefined) fields.put(`${component}.data`, data)
    fields.addTo(out, device, Number.isNaN(own) ? ts : own)
  }
}

function tsOf(message: Message, params: JsonObject): number {
  const ts = setClock(tsAt('params.ts', params.members.get('ts'), 's'))
  return Number.isNaN(ts) ? tsFromProperties(message.properties, 'auto') : ts
}

/** The state of one component, or of all, by name: the answer to the command `status_update`. */
function readStatus(message: Message, device: string, component: string | undefined, out: Readings): void {
  const { reader, root } = objectOf(message)
  const fields = new JsonFields(reader)
  if (component === undefined) for (const [name, node] of root.members) putComponent(fields, name, node)
  else putComponent(fields, component, root)
  fields.addTo(out, device, tsFromProperties(message.properties, 'auto'))
}

/** `id` repeats the number in the component's name. */
function putComponent(fields: JsonFields, component: string, node: JsonNode): void {
  if (!(node instanceof JsonObject)) return fields.put(component, node)
  for (const [name, member] of node.members) {
    if (name !== 'id' || !component.endsWith(`:${String(member)}`)) fields.put(`${component}.${name}`, member)
  }
}

/** Relays say on and off where later devices say true and false. */
function valueOf(text: string): Value {
  return /^(?:on|off)$/.test(text) ? text === 'on' : valueOfText(text)
}

/** shellies/{id}/relay/0/power → key `relay.0.power`. */
function readFirst(message: Message, captures: TopicCaptures, out: Readings): void {
  const [id, ...levels] = message.topic.slice(firstGeneration.length).split('/')
  const last = levels.at(-1)
  if (last === undefined || notRead.has(last)) return
  const device = captures.device ?? id
  const ts = tsFromProperties(message.properties, 'auto')
  if (levels.length === 1 && last === onlineKey) {
    out.add(device, onlineKey, ts, onlineFrom(textOf(message)))
    return
  }
  const key = captures.key ?? levels.join('.')
  if (isObject(message)) {
    const { reader, root } = objectOf(message)
    const fields = new JsonFields(reader)
    fields.putAll(root, `${key}.`)
    fields.addTo(out, device, ts)
  } else out.add(device, key, ts, valueOf(textOf(message)))
}

export const shelly = converterKind({
  type: 'shelly',
  title: 'Shelly',
  about: 'Shelly devices of all generations, with RPC notifications or status updates switched on.',
  topics: ['+/events/rpc', '+/status/+', '+/online', 'shellies/#'],
  namesDevices: false,
  topicFit: (topic) => {
    if (/^shellies\/./.test(topic) || /^shelly[^/]*\/(?:events\/rpc|status\/[^/]+|online)$/i.test(topic))
      return 1
    return /\/(?:events\/rpc|status\/[a-z]+\d*:\d+)$/.test(topic) ? 0.9 : 0
  },
  schema: z.strictObject({ type: z.literal('shelly') }),
  create: () => new ShellyConverter(),
})
