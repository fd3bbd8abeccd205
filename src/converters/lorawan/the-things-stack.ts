// The Things Stack v3: v3/{application}@{tenant}/devices/{device}/up and location/solved. The server leaves out
// fields that are zero, false or empty, so what is absent was not said to be missing.
import type { Message } from '../../model/message.ts'
import type { Converter, TopicCaptures } from '../converter.ts'
import { JsonFields, describe, memberAt, tsFromNode } from '../json-fields.ts'
import { JsonArray, JsonObject, JsonReader } from '../json-reader.ts'
import type { Readings } from '../readings.ts'
import { reject } from '../rejections.ts'
import {
  applyCodec,
  bestReception,
  firstText,
  payloadAt,
  putMembers,
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
}

const uplinkMember = 'uplink_message'
const payloadMember = 'frm_payload'

export class TheThingsStackConverter implements Converter, UplinkReader {
  readonly #options: NetworkOptions

  constructor(options: NetworkOptions) {
    this.#options = options
  }

  decode(message: Message, captures: TopicCaptures, out: Readings): void {
    const document = documentOf(message, captures)
    const { root, device, reader } = document
    const uplink = root.members.get(uplinkMember)
    if (uplink instanceof JsonObject) {
      const normalized = uplink.members.get('normalized_payload')
      const read = this.#uplinkOf(document, uplink)
      if (normalized instanceof JsonArray) {
        readNormalized(reader, normalized, read, out)
        read.fields.addTo(out, device, read.ts)
        return
      }
      applyCodec(read, this.#options.codec, payloadMember)
      read.fields.addTo(out, device, read.ts)
      return
    }
    const location = memberAt(root, 'location_solved', 'location')
    if (!(location instanceof JsonObject)) return
    const fields = new JsonFields(reader)
    fields.putAll(location, 'location.')
    fields.addTo(out, device, tsFromNode(root.members.get('received_at'), 'auto'))
  }

  uplink(message: Message, captures: TopicCaptures): Uplink | undefined {
    const document = documentOf(message, captures)
    const uplink = document.root.members.get(uplinkMember)
    return uplink instanceof JsonObject ? this.#uplinkOf(document, uplink) : undefined
  }

  #uplinkOf({ reader, root, device }: Document, uplink: JsonObject): Uplink {
    const fields = new JsonFields(reader)
    const { members } = uplink
    const decoded = members.get('decoded_payload')
    const isNormalized = members.get('normalized_payload') instanceof JsonArray
    if (decoded instanceof JsonObject && !isNormalized) fields.putAll(decoded, '')
    if (this.#options.metadata) {
      putMembers(fields, bestReception(reader, members.get('rx_metadata')), ['rssi', 'snr'])
      putMembers(fields, uplink, ['f_cnt', 'f_port'])
    }
    return {
      device,
      ts: tsFromNode(members.get('received_at') ?? root.members.get('received_at'), 'auto'),
      fPort: wholeAt(uplink, 'f_port'),
      payloadBase64: payloadAt(root, uplinkMember, payloadMember),
      fields,
      isDecoded: decoded instanceof JsonObject || isNormalized,
    }
  }
}

/** Each element is a measurement, some with a time of their own: [{"air": {"temperature": 20.5}, "time": …}] */
function readNormalized(reader: JsonReader, array: JsonArray, { device, ts }: Uplink, out: Readings): void {
  for (const element of reader.elements(array)) {
    if (!(element instanceof JsonObject)) {
      const path = `${uplinkMember}.normalized_payload`
      reject('path_shape', { path, expected: 'measurements', found: describe(element) })
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

function documentOf(message: Message, captures: TopicCaptures): Document {
  const reader = new JsonReader(message.source, message.payloadStart, message.payloadEnd)
  const root = reader.read()
  const ids = memberAt(root, 'end_device_ids')
  if (!(root instanceof JsonObject)) reject('json_shape', { expected: 'an object', found: describe(root) })
  const fromTopic = /^v3\/[^/]+\/devices\/([^/]+)\//.exec(message.topic)?.[1]
  const device =
    captures.device ?? firstText(memberAt(ids, 'device_id'), memberAt(ids, 'dev_eui'), fromTopic) ?? ''
  return { reader, root, device }
}
