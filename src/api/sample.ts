// Reads a sample with a converter and shows what it gives, without storing anything.
import type { ConversionError } from '../converters/converter.ts'
import type { Readings } from '../converters/readings.ts'
import { AckstoneError } from '../errors.ts'
import type { RouteTarget } from '../ingest/contract.ts'
import type { Message } from '../model/message.ts'
import { objectText, valueText } from './json-text.ts'
import type { ApiParts } from './parts.ts'
import { millisecondsText } from './time.ts'

export interface Sample {
  topic?: string
  payload?: string
  payloadBase64?: string
  contentType?: string
  device?: string
}

/** The readings of a message, and why it or a part of it could not be read. */
export interface Conversion {
  readings: Readings
  error: ConversionError | undefined
}

/** The target as it reads this message: with what a script gives, where there is one. */
export async function readyTarget(
  { ingest }: ApiParts,
  target: RouteTarget,
  message: Message,
): Promise<RouteTarget> {
  const preparing = ingest.prepareFor(message, [target])
  return preparing === undefined ? target : (await preparing.ready)[0]
}

/** @param target that is ready for the message. */
export function convert(parts: ApiParts, target: RouteTarget, message: Message): Conversion {
  const readings = parts.newReadings()
  readings.reset(message.receivedTs)
  try {
    target.converter.decode(message, target.captures, readings, target.conversation)
    return { readings, error: readings.leftOut }
  } catch (error) {
    if (!isConversionError(error)) throw error
    readings.clear()
    return { readings, error }
  }
}

/** A message that came over HTTP, which is as good as QoS 1: the answer waits for the store. */
export function httpMessage(parts: ApiParts, topic: string, source: Buffer, device: string): Message {
  return {
    topic,
    source,
    payloadStart: 0,
    payloadEnd: source.length,
    qos: 1,
    retain: false,
    dup: false,
    device,
    clientId: 'http',
    receivedTs: parts.clock.nowUs(),
    decidedTs: 0,
    properties: undefined,
  }
}

/** One sample after the other: some kinds remember what came before. */
export async function inTurn<S>(
  samples: readonly S[],
  tried: (sample: S) => Promise<string>,
): Promise<string[]> {
  const texts: string[] = []
  for (const sample of samples) texts.push(await tried(sample))
  return texts
}

/** A sample as the message it stands for.
 *  @throws BODY_INVALID when it has no payload or two. */
export function sampleMessage(parts: ApiParts, sample: Sample): Message {
  const { payload, payloadBase64, topic = 'sample', contentType, device = '' } = sample
  if ((payload === undefined) === (payloadBase64 === undefined)) {
    const detail = 'A sample has either "payload" or "payloadBase64".'
    throw new AckstoneError('BODY_INVALID', {}, undefined, [{ pointer: '/samples', detail }])
  }
  const source = payload === undefined ? Buffer.from(payloadBase64 ?? '', 'base64') : Buffer.from(payload)
  const message = httpMessage(parts, topic, source, device)
  return contentType === undefined ? message : { ...message, properties: { contentType } }
}

/** JSON text of one result: the given members, the readings, the error or null.
 *  @throws BODY_INVALID when the sample has no payload or two. */
export async function trySample(
  parts: ApiParts,
  target: RouteTarget,
  sample: Sample,
  members: object,
): Promise<string> {
  const message = sampleMessage(parts, sample)
  const { readings, error } = convert(parts, await readyTarget(parts, target, message), message)
  return resultText(members, readings, error)
}

export function resultText(members: object, readings?: Readings, error?: ConversionError): string {
  const shown = error === undefined ? null : { code: error.code, reason: error.message }
  return objectText([
    ...Object.entries(members).map(([name, value]) => [name, JSON.stringify(value)] as const),
    ['readings', `[${readings === undefined ? '' : readingsText(readings)}]`],
    ['error', JSON.stringify(shown)],
  ])
}

export function readingsText({ devices, keys, ts, values, count }: Readings): string {
  const texts: string[] = []
  for (let i = 0; i < count; i++) {
    texts.push(
      objectText([
        ['device', JSON.stringify(devices[i])],
        ['key', JSON.stringify(keys[i])],
        ['ts', Number.isNaN(ts[i]) ? 'null' : millisecondsText(ts[i])],
        ['value', valueText(values[i])],
      ]),
    )
  }
  return texts.join(',')
}

/** By name: the class itself belongs to the converters. */
function isConversionError(error: unknown): error is ConversionError {
  return error instanceof Error && error.name === 'ConversionError' && 'code' in error
}
