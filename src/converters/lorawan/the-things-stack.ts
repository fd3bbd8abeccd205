// The Things Stack v3: v3/{application}@{tenant}/devices/{device}/up and location/solved. The server leaves out
// fields that are zero, false or empty, so what is absent was not said to be missing.
import type { Message } from '../../model/message.ts'
import type { Converter, TopicCaptures } from '../converter.ts'
import { JsonFields, describe, memberAt, tsFromNode } from '../json-fields.ts'
import { JsonArray, JsonObject, JsonReader, type JsonNode } from '../json-reader.ts'
import type { Readings } from '../readings.ts'
import { reject } from '../rejections.ts'
import {
  applyCodec,
  bestReception,
  firstText,
  payloadAt,
  putMembers,
  tsOf,
  wholeAt,
  type Codec,
  type Uplink,
  type UplinkReader,
} from './uplink.ts'

export interface NetworkOptions {
  readonly codec: Codec
  /** Whether to store signal, frame counter and port as well. */
  readonly metadata: boolean
}

interface Document {
  reader: JsonReader
  root: JsonObject
  device: string
  /** When the server received the message. */
  ts: number
}

/** A normalized uplink may come as a message of its own as well. */
const uplinkMembers = ['uplink_message', 'uplink_normalized']
const payloadMember = 'frm_payload'
const normalizedMember = 'normalized_payload'

export class TheThingsStackConverter implements Converter, UplinkReader {
  readonly #options: NetworkOptions

  constructor(options: NetworkOptions) {
    this.#options = options
  }

  decode(message: Message, captures: TopicCaptures, out: Readings): void {
    const document = documentOf(message, captures)
    const { root, device, reader, ts } = document
    const uplink = uplinkIn(root)
    if (uplink !== undefined) {
      const read = this.#uplinkOf(document, uplink)
      const normalized = uplink.members.get(normalizedMember)
      if (normalized instanceof JsonArray) readNormalized(reader, reader.elements(normalized), read, out)
      else if (normalized instanceof JsonObject) readNormalized(reader, [normalized], read, out)
      else applyCodec(read, this.#options.codec, payloadMember)
      read.fields.addTo(out, device, read.ts)
      return
    }
    const location = memberAt(root, 'location_solved', 'location')
    if (!(location instanceof JsonObject)) return
    const fields = new JsonFields(reader)
    fields.putAll(location, 'location.')
    fields.addTo(out, device, ts)
  }

  uplink(message: Message, captures: TopicCaptures): Uplink | undefined {
    const document = documentOf(message, captures)
    const uplink = uplinkIn(document.root)
    return uplink === undefined ? undefined : this.#uplinkOf(document, uplink)
  }

  #uplinkOf({ reader, device, ts }: Document, uplink: JsonObject): Uplink {
    const fields = new JsonFields(reader)
    const { members } = uplink
    const decoded = members.get('decoded_payload')
    const own = tsFromNode(members.get('received_at'), 'auto')
    const normalized = members.get(normalizedMember)
    const isNormalized = normalized instanceof JsonArray || normalized instanceof JsonObject
    if (decoded instanceof JsonObject && !isNormalized) fields.putAll(decoded, '')
    if (this.#options.metadata) {
      putMembers(fields, bestReception(reader, members.get('rx_metadata')), ['rssi', 'snr'])
      putMembers(fields, uplink, ['f_cnt', 'f_port'])
    }
    return {
      device,
      ts: Number.isNaN(own) ? ts : own,
      fPort: wholeAt(uplink, 'f_port'),
      payloadBase64: payloadAt(uplink, payloadMember),
      fields,
      isDecoded: decoded instanceof JsonObject || isNormalized,
    }
  }
}

/** Each element is a measurement, some with a time of their own: [{"air": {"temperature": 20.5}, "time": …}] */
function readNormalized(
  reader: JsonReader,
  measurements: Iterable<JsonNode>,
  { device, ts }: Uplink,
  out: Readings,
): void {
  for (const element of measurements) {
    if (!(element instanceof JsonObject)) {
      reject('path_shape', { path: normalizedMember, expected: 'measurements', found: describe(element) })
    }
    const fields = new JsonFields(reader)
    let own = NaN
    for (const [name, node] of element.members) {
      if (name === 'time') own = tsFromNode(node, 'auto')
      else fields.put(name, node)
    }
    fields.addTo(out, device, Number.isNaN(own) ? ts : own)
  }
}

function uplinkIn(root: JsonObject): JsonObject | undefined {
  return uplinkMembers.map((name) => root.members.get(name)).find((node) => node instanceof JsonObject)
}

function documentOf(message: Message, captures: TopicCaptures): Document {
  const reader = new JsonReader(message.source, message.payloadStart, message.payloadEnd)
  const root = reader.read()
  const ids = memberAt(root, 'end_device_ids')
  if (!(root instanceof JsonObject)) reject('json_shape', { expected: 'an object', found: describe(root) })
  const fromTopic = /^v3\/[^/]+\/devices\/([^/]+)\//.exec(message.topic)?.[1]
  const device =
    captures.device ?? firstText(memberAt(ids, 'device_id'), memberAt(ids, 'dev_eui'), fromTopic) ?? ''
  return { reader, root, device, ts: tsOf(root.members.get('received_at'), message) }
}
