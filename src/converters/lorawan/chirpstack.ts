// ChirpStack v4: application/{id}/device/{devEui}/event/{event} with a JSON object. What became of downlinks,
// joins and log lines stand beside the telemetry under keys that begin with the name of the event.
import type { Message } from '../../model/message.ts'
import type { Converter, TopicCaptures } from '../converter.ts'
import { JsonFields, describe, memberAt } from '../json-fields.ts'
import { JsonObject, JsonReader } from '../json-reader.ts'
import type { Readings } from '../readings.ts'
import { quoted, reject } from '../rejections.ts'
import type { NetworkOptions } from './the-things-stack.ts'
import {
  applyCodec,
  bestReception,
  firstText,
  payloadAt,
  putMembers,
  saysSomething,
  tsOf,
  wholeAt,
  type Uplink,
  type UplinkReader,
} from './uplink.ts'

const topicPattern = /(?:^|\/)application\/[^/]+\/device\/([^/]+)\/event\/([^/]+)$/

/** Members that are stored of events which are no uplinks, by event. */
const members: Readonly<Record<string, readonly string[]>> = {
  status: ['margin', 'batteryLevel', 'externalPowerSource', 'batteryLevelUnavailable'],
  join: ['devAddr'],
  ack: ['acknowledged', 'fCntDown'],
  txack: ['fCntDown', 'gatewayId'],
  log: ['level', 'code', 'description'],
}

interface Document {
  reader: JsonReader
  root: JsonObject
  event: string
  device: string
  ts: number
}

export class ChirpStackConverter implements Converter, UplinkReader {
  readonly #options: NetworkOptions

  constructor(options: NetworkOptions) {
    this.#options = options
  }

  decode(message: Message, captures: TopicCaptures, out: Readings): void {
    const document = documentOf(message, captures)
    const { reader, root, event, device, ts } = document
    if (event === 'up' || event === 'integration') {
      const uplink = this.#uplinkOf(document)
      applyCodec(uplink, this.#options.codec, 'data')
      uplink.fields.addTo(out, device, ts)
      return
    }
    const fields = new JsonFields(reader)
    const location = root.members.get('location')
    if (event === 'location' && location instanceof JsonObject) fields.putAll(location, 'location.')
    // The server leaves out what is false: an answer without the member was a refusal.
    if (event === 'ack') fields.set('ack.acknowledged', false)
    const prefix = event === 'status' ? '' : `${event}.`
    for (const name of members[event] ?? []) {
      const node = root.members.get(name)
      if (node !== undefined) fields.put(prefix + name, node)
    }
    fields.addTo(out, device, ts)
  }

  uplink(message: Message, captures: TopicCaptures): Uplink | undefined {
    const document = documentOf(message, captures)
    return document.event === 'up' ? this.#uplinkOf(document) : undefined
  }

  #uplinkOf({ reader, root, device, ts }: Document): Uplink {
    const fields = new JsonFields(reader)
    const object = root.members.get('object')
    const isDecoded = saysSomething(reader, object)
    if (object instanceof JsonObject) fields.putAll(object, '')
    if (this.#options.metadata) {
      putMembers(fields, bestReception(reader, root.members.get('rxInfo')), ['rssi', 'snr'])
      putMembers(fields, root, ['fCnt', 'fPort'])
    }
    const payloadBase64 = payloadAt(root, 'data')
    return { device, ts, fPort: wholeAt(root, 'fPort'), payloadBase64, fields, isDecoded }
  }
}

function documentOf(message: Message, captures: TopicCaptures): Document {
  const parts = topicPattern.exec(message.topic)
  if (parts === null) {
    const expected = 'application/{id}/device/{devEui}/event/up'
    reject('topic_shape', { topic: quoted(message.topic), expected })
  }
  const [, fromTopic, event] = parts
  const reader = new JsonReader(message.source, message.payloadStart, message.payloadEnd)
  const root = reader.read()
  if (!(root instanceof JsonObject)) reject('json_shape', { expected: 'an object', found: describe(root) })
  const device = captures.device ?? firstText(memberAt(root, 'deviceInfo', 'devEui')) ?? fromTopic
  return { reader, root, event, device, ts: tsOf(root, 'time', message) }
}
