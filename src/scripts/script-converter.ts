// A script as a converter: the payload goes to a worker thread, and what comes back is a converter for this one
// message. The device is that of the topic or the login, unless the integration lets its script name others.
import { ConversionError, type Converter, type TopicCaptures } from '../converters/converter.ts'
import type { Readings } from '../converters/readings.ts'
import { quoted, reject, rejection } from '../converters/rejections.ts'
import type { ScriptOptions } from '../converters/script/script-kind.ts'
import type { Message } from '../model/message.ts'
import { JsonText } from '../model/reading.ts'
import type { ScriptPool } from './pool.ts'
import type { Result, ScriptReadings, UplinkInput } from './protocol.ts'
import type { ScriptQueue } from './script-queue.ts'

/** Longest payload that a script is given. */
const payloadBytesMax = 256 * 1024
/** What a call weighs besides its payload. */
const callBytes = 512

export interface ScriptConverterParts {
  pool: ScriptPool
  /** The queue of the script as it is now; undefined when there is none any more. */
  queue: () => ScriptQueue | undefined
  options: ScriptOptions
}

export class ScriptConverter implements Converter {
  readonly #parts: ScriptConverterParts

  constructor(parts: ScriptConverterParts) {
    this.#parts = parts
  }

  get isCrowded(): boolean {
    return this.#parts.queue()?.isCrowded === true
  }

  /** Only what came by a way that asks nothing of converters but this. */
  decode(): void {
    reject('script_unprepared')
  }

  async prepare(message: Message, captures: TopicCaptures): Promise<Converter> {
    const { pool, queue: current, options } = this.#parts
    const queue = current()
    if (queue === undefined) return refusing(rejection('script_missing', { id: options.script ?? '' }))
    const bytes = message.payloadEnd - message.payloadStart
    if (bytes > payloadBytesMax) {
      return refusing(rejection('payload_length', { bytes, most: payloadBytesMax }))
    }
    const input = inputOf(message, captures, options)
    return converterOf(await pool.run(queue, { call: 'decodeUplink', input }, bytes + callBytes), options)
  }
}

export function inputOf(
  message: Message,
  { device, key, fPort }: TopicCaptures,
  { fPort: fPortDefault, normalize }: Pick<ScriptOptions, 'fPort' | 'normalize'>,
): UplinkInput {
  const { source, payloadStart, payloadEnd, topic, qos, retain, properties } = message
  return {
    bytes: Uint8Array.from(source.subarray(payloadStart, payloadEnd)),
    fPort: fPort ?? fPortDefault,
    // What a resend is told as well (I3).
    now: Math.floor((message.decidedTs || message.receivedTs) / 1000),
    topic,
    device: device ?? (message.device === '' ? null : message.device),
    key: key ?? null,
    contentType: properties?.contentType ?? null,
    userProperties: Object.fromEntries(properties?.userProperties ?? []),
    qos,
    retain,
    normalize,
  }
}

/** What a result gives for its message. */
export function converterOf({ failure, readings }: Result, options: ScriptOptions): Converter {
  if (failure !== undefined) return refusing(new ConversionError(failure.code, failure.reason))
  return {
    decode(message, captures, out) {
      if (readings !== undefined) append(readings, captures.device ?? message.device, options, out)
    },
  }
}

function refusing(error: ConversionError): Converter {
  return {
    decode() {
      throw error
    },
  }
}

function append(
  { devices, keys, ts, values, json }: ScriptReadings,
  ownDevice: string,
  { namesDevices }: ScriptOptions,
  out: Readings,
): void {
  const isJson = new Set(json)
  for (const [at, key] of keys.entries()) {
    const named = devices[at]
    if (named !== null && named !== ownDevice && !namesDevices) {
      reject('script_device', { found: quoted(named) })
    }
    const value = values[at]!
    out.add(named ?? ownDevice, key, ts[at]!, isJson.has(at) ? new JsonText(String(value)) : value)
  }
}
