// The kinds that read JSON on the fast path, and bare values: `json`, `assetwolf`, `thingsboard`,
// `thingsboard-gateway`, `value`.
import * as z from 'zod'
import { converterKind } from './converter-kind.ts'
import type { Converter } from './converter.ts'
import { FramedConverter, type Encoding } from './framing/framed-converter.ts'
import { GatewayConverter } from './gateway-converter.ts'
import { JsonConverter } from './json-converter.ts'
import { flattened } from './json-fields.ts'
import type { JsonShape } from './json-shape.ts'
import { keyFrom, withKeyFrom } from './key-from-topic.ts'
import { encoding, memberName, timeZone, tsUnit } from './option-shapes.ts'
import { ThingsBoardEvents, isDeviceEvent, isGatewayEvent } from './thingsboard-events.ts'
import { TimeZone } from './time-zone.ts'
import { ValueConverter, valueTypes } from './value-converter.ts'

const thingsboardShape: JsonShape = {
  tsKey: 'ts',
  tsUnit: 'ms',
  zone: undefined,
  valuesKey: 'values',
  deviceKey: undefined,
  nested: 'json',
  stringCharactersMax: undefined,
}

const isTelemetry = /^(?:v1\/devices\/me\/telemetry|v2\/t)$/

const binary = [{ encoding: 'cbor' }, { encoding: 'msgpack' }]
/** How payloads commonly call their time. */
const timeNames = ['timestamp', 'time', 'Timestamp', 'Time', 'datetime', 'date', 't']

/** Topics of conventions that have a kind of their own say little for a general one. */
const anyTopic = (): number => 0.3

/** JSON alone needs nothing in front of it. */
function framed(converter: Converter, written: Encoding): Converter {
  return written === 'json' ? converter : new FramedConverter(converter, written)
}

export const json = converterKind({
  type: 'json',
  title: 'JSON',
  about: 'JSON that you design yourself: keys and values, with or without a time.',
  topics: ['plant/{device}/telemetry', 'ack/{device}/{key}'],
  namesDevices: false,
  topicFit: anyTopic,
  variants: [{}, ...timeNames.map((tsKey) => ({ tsKey })), ...binary],
  schema: z
    .strictObject({
      type: z.literal('json'),
      tsKey: memberName.default('ts').describe('Member that holds the time.'),
      tsUnit: tsUnit.default('auto').describe('Unit of bare numbers in it.'),
      timeZone: timeZone.optional().describe('Zone of times that are texts and name none.'),
      deviceKey: memberName.optional().describe('Member that names the device where the topic doesn’t.'),
      keyFrom,
      encoding,
    })
    .refine(({ tsKey, deviceKey }) => tsKey !== deviceKey, {
      path: ['deviceKey'],
      error: 'The time and the device can’t be in the same member.',
    }),
  create: ({ tsKey, tsUnit: unit, timeZone: name, deviceKey, keyFrom: level, encoding: written }) => {
    const zone = name === undefined ? undefined : new TimeZone(name)
    const shape = { tsKey, tsUnit: unit, zone, valuesKey: 'values', deviceKey, ...flattened }
    return withKeyFrom(level, framed(new JsonConverter(shape), written))
  },
})

export const assetwolf = converterKind({
  type: 'assetwolf',
  title: 'Assetwolf JSON',
  about: 'Devices made for Assetwolf: members timestamp, deviceId and data.',
  topics: ['assets/{device}'],
  namesDevices: false,
  // Of what both can read the kind `json` is the simpler one.
  topicFit: () => 0.25,
  schema: z.strictObject({
    type: z.literal('assetwolf'),
    tsUnit: tsUnit.default('ms').describe('Unit of bare numbers in timestamp.'),
    encoding,
  }),
  create: ({ tsUnit: unit, encoding: written }) => {
    const names = { tsKey: 'timestamp', zone: undefined, valuesKey: 'data', deviceKey: 'deviceId' }
    const shape: JsonShape = { ...names, tsUnit: unit, nested: 'flatten', stringCharactersMax: 256 }
    return framed(new JsonConverter(shape), written)
  },
})

export const thingsboard = converterKind({
  type: 'thingsboard',
  title: 'ThingsBoard device',
  about: 'Devices made for ThingsBoard, which log in with their own token.',
  topics: ['v1/devices/me/telemetry', 'v2/t'],
  namesDevices: false,
  topicFit: (topic) => (isTelemetry.test(topic) || isDeviceEvent(topic) ? 1 : 0),
  variants: [{}, ...binary],
  schema: z.strictObject({ type: z.literal('thingsboard'), encoding }),
  create: ({ encoding: written }) =>
    new ThingsBoardEvents(framed(new JsonConverter(thingsboardShape), written)),
})

export const thingsboardGateway = converterKind({
  type: 'thingsboard-gateway',
  title: 'ThingsBoard gateway',
  about: 'Gateways made for ThingsBoard, whose payloads name the devices behind them.',
  topics: ['v1/gateway/telemetry', 'v1/gateway/connect', 'v1/gateway/disconnect'],
  namesDevices: true,
  topicFit: (topic) => (topic === 'v1/gateway/telemetry' || isGatewayEvent(topic) ? 1 : 0),
  schema: z.strictObject({ type: z.literal('thingsboard-gateway'), encoding }),
  create: ({ encoding: written }) =>
    new ThingsBoardEvents(framed(new GatewayConverter(thingsboardShape), written)),
})

export const value = converterKind({
  type: 'value',
  title: 'One value per topic',
  about: 'A bare number, ON or OFF, true or false, or a text on a topic of its own.',
  topics: ['home/{device}/{key}', '{device}/+/{key}/state'],
  namesDevices: false,
  topicFit: anyTopic,
  isOneValue: true,
  schema: z.strictObject({
    type: z.literal('value'),
    valueType: z
      .enum(valueTypes, { error: `The type of values is one of ${valueTypes.join(', ')}.` })
      .default('auto')
      .describe('What the payload must be; auto tells by its look.'),
    key: memberName.optional().describe('Telemetry key where the topic gives none.'),
    keyFrom,
    tsUnit: tsUnit.default('auto').describe('Unit of bare numbers in the user property ts.'),
  }),
  create: ({ valueType, key, keyFrom: level, tsUnit: unit }) =>
    withKeyFrom(level, new ValueConverter({ valueType, key, tsUnit: unit })),
})
