// The kinds for LoRaWAN devices: behind The Things Stack, behind ChirpStack, and raw Cayenne LPP.
import * as z from 'zod'
import { converterKind, fitting } from '../converter-kind.ts'
import { flag } from '../option-shapes.ts'
import { CayenneLppConverter } from './cayenne-lpp.ts'
import { ChirpStackConverter } from './chirpstack.ts'
import { TheThingsStackConverter } from './the-things-stack.ts'
import { codecs } from './uplink.ts'

const codec = z
  .enum(codecs, { error: `The codec is one of ${codecs.join(', ')}.` })
  .default('none')
  .describe('How the device’s own bytes are read where the server has not decoded them.')
const metadata = flag('Store signal, frame counter and port as well.').default(false)

export const theThingsStack = converterKind({
  type: 'the-things-stack',
  title: 'The Things Stack v3',
  about: 'LoRaWAN devices of The Things Network or The Things Stack.',
  topics: ['v3/+/devices/{device}/up', 'v3/+/devices/{device}/location/solved'],
  namesDevices: false,
  topicFit: fitting(/^v3\/[^/]+\/devices\/[^/]+\/(?:up|join|down\/\w+|location\/solved|service\/data)$/),
  schema: z.strictObject({ type: z.literal('the-things-stack'), codec, metadata }),
  create: (options) => new TheThingsStackConverter(options),
})

export const chirpstack = converterKind({
  type: 'chirpstack',
  title: 'ChirpStack v4',
  about: 'LoRaWAN devices of a ChirpStack server, whose integration publishes JSON.',
  topics: ['application/+/device/{device}/event/+'],
  namesDevices: false,
  topicFit: fitting(/(?:^|\/)application\/[^/]+\/device\/[^/]+\/event\/\w+$/),
  schema: z.strictObject({ type: z.literal('chirpstack'), codec, metadata }),
  create: (options) => new ChirpStackConverter(options),
})

export const cayenneLpp = converterKind({
  type: 'cayenne-lpp',
  title: 'Cayenne LPP',
  about: 'Raw bytes in Cayenne’s Low Power Payload, as small radio devices send them.',
  topics: ['lpp/{device}'],
  namesDevices: false,
  topicFit: () => 0.3,
  schema: z.strictObject({ type: z.literal('cayenne-lpp') }),
  create: () => new CayenneLppConverter(),
})
