// The Things Stack v3: v3/{application}@{tenant}/devices/{device}/up and location/solved. The server leaves out
// fields that are zero, false or empty, so what is absent was not said to be missing.
import type { Message } from '../../model/message.ts'
import type { Converter, TopicCaptures } from '../converter.ts'
import { JsonFields, describe, memberAt, tsAt } from '../json-fields.ts'
import { JsonArray, JsonObject, JsonReader, type JsonNode } from '../json-reader.ts'
import type { Readings } from '../readings.ts'
import { reject } from '../rejections.ts'
import {
  applyCodec,
  bestReception,
  firstText,
  payloadAt,
  putMembers,
  saysSomething,
  tsOf,
  wholeAt,
  type Codec,
  type Uplink,
  type UplinkReader,
} from './uplink.ts'

export interface NetworkOptions {
  readonly codec: Codec
  /** Whether the normalized form of a payload comes before what was decoded. */
  readonly normalize: boolean
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

const uplinkMember = 'uplink_message'
/** A normalized uplink may come as a message of its own as well. */
const uplinkMembers = [uplinkMember, 'uplink_normalized']
const uplinkTopic = /^v3\/[^/]+\/devices\/[^/]+\/up$/
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
    const uplink = this.#uplinkIn(root, message)
    if (uplink !== undefined) {
      const read = this.#uplinkOf(document, uplink)
      const normalized = this.#normalizedIn(uplink)
      if (!saysSomething(reader, normalized)) applyCodec(read, this.#options.codec, payloadMember)
      else if (normalized instanceof JsonArray) readNormalized(reader, reader.elements(normalized), read, out)
      else if (normalized instanceof JsonObject) readNormalized(reader, [normalized], read, out)
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
    const uplink = this.#uplinkIn(document.root, message)
    return uplink === undefined ? undefined : this.#uplinkOf(document, uplink)
  }

  /** undefined for other events. @throws ConversionError where there should be one and is none. */
  #uplinkIn(root: JsonObject, { topic }: Message): JsonObject | undefined {
    const wanted = this.#options.normalize ? uplinkMembers : [uplinkMember]
    const path = wanted.find((name) => root.members.has(name))
    if (path === undefined && !uplinkTopic.test(topic)) return undefined
    const found = path === undefined ? undefined : root.members.get(path)
    if (found instanceof JsonObject) return found
    return reject('path_shape', { path: path ?? uplinkMember, expected: 'an object', found: describe(found) })
  }

  #normalizedIn(uplink: JsonObject): JsonNode | undefined {
    return this.#options.normalize ? uplink.members.get(normalizedMember) : undefined
  }

  #uplinkOf({ reader, device, ts }: Document, uplink: JsonObject): Uplink {
    const fields = new JsonFields(reader)
    const { members } = uplink
    const decoded = members.get('decoded_payload')
    const own = tsAt('uplink_message.received_at', members.get('received_at'), 'auto')
    const normalized = this.#normalizedIn(uplink)
    const isNormalized = saysSomething(reader, normalized)
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
      isDecoded: saysSomething(reader, decoded) || isNormalized,
    }
  }
}

/** Each element is a measurement, some with a time of their own: [{"air": {"temperature": 20.5}, "time": …}]
 *  Several of one kind at one time, such as moisture in several depths, are told apart by a number: the second
 *  is `soil.moisture_2`. */
function readNormalized(
  reader: JsonReader,
  measurements: Iterable<JsonNode>,
  { device, ts }: Uplink,
  out: Readings,
): void {
  const seen = new Set<string>()
  let number = -1
  for (const element of measurements) {
    number++
    if (!(element instanceof JsonObject)) {
      const path = `${normalizedMember}[${number}]`
      reject('path_shape', { path, expected: 'a measurement', found: describe(element) })
    }
    const fields = new JsonFields(reader)
    let own = NaN
    for (const [name, node] of element.members) {
      if (name === 'time') own = tsAt(`${normalizedMember}[${number}].time`, node, 'auto')
      else fields.put(name, node)
    }
    addMeasurement(fields, device, Number.isNaN(own) ? ts : own, seen, out)
  }
}

/** @param seen keys with their times that the message has already. */
function addMeasurement(
  fields: JsonFields,
  device: string,
  ts: number,
  seen: Set<string>,
  out: Readings,
): void {
  const entries = [...fields.entries()]
  let suffix = ''
  for (let n = 2; entries.some(([key]) => seen.has(`${ts} ${key}${suffix}`)); n++) suffix = `_${n}`
  for (const [key, value] of entries) {
    seen.add(`${ts} ${key}${suffix}`)
    if (value === null) out.nulls++
    else out.add(device, key + suffix, ts, value)
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
  return { reader, root, device, ts: tsOf(root, 'received_at', message) }
}
