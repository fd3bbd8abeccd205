// The kinds for LoRaWAN devices: behind The Things Stack, behind ChirpStack, and raw Cayenne LPP.
import * as z from 'zod'
import { converterKind, fitting } from '../converter-kind.ts'
import type { Converter } from '../converter.ts'
import { flag } from '../option-shapes.ts'
import { scriptId, scriptSource, unprepared, type ScriptTools } from '../script/script-kind.ts'
import { CayenneLppConverter } from './cayenne-lpp.ts'
import { ChirpStackConverter } from './chirpstack.ts'
import { ScriptedUplinkConverter } from './scripted-uplink.ts'
import { TheThingsStackConverter, type NetworkOptions } from './the-things-stack.ts'
import { codecs, type UplinkReader } from './uplink.ts'

/** Codecs that are read here, and the one that a script is. */
const codecNames = [...codecs, 'script'] as const

/** How a device’s own bytes are read. */
export const codecOptions = {
  codec: z
    .enum(codecNames, { error: `The codec is one of ${codecNames.join(', ')}.` })
    .default('none')
    .describe('How the device’s own bytes are read where the server has not decoded them.'),
  script: scriptId.optional().describe('With codec script: the identifier of one that is kept.'),
  source: scriptSource
    .optional()
    .describe('With codec script: the script itself, for this integration alone.'),
  normalize: flag('Store the normalized form of what was decoded, where there is one, in its place.').default(
    true,
  ),
}

const options = {
  ...codecOptions,
  metadata: flag('Store signal, frame counter and port as well.').default(false),
}

interface GivenCodec {
  codec: (typeof codecNames)[number]
  script?: string | undefined
  source?: string | undefined
}

interface Given extends GivenCodec {
  normalize: boolean
  metadata: boolean
}

export const oneScript: [(given: GivenCodec) => boolean, { path: string[]; error: string }] = [
  ({ codec, script, source }) =>
    codec === 'script'
      ? (script === undefined) !== (source === undefined)
      : script === undefined && source === undefined,
  { path: ['script'], error: 'With the codec script, and only with it, give either "script" or "source".' },
]

/** @param server makes the converter of the network server, with a codec of ours. */
function uplinks(
  { codec, script, source, normalize, metadata }: Given,
  tools: ScriptTools | undefined,
  server: (options: NetworkOptions) => Converter & UplinkReader,
): Converter {
  if (codec !== 'script') return server({ codec, normalize, metadata })
  return scripted(server({ codec: 'none', normalize, metadata }), { script, source, normalize }, tools)
}

/** @param server reads what surrounds the payload; the script reads the payload. */
export function scripted(
  server: Converter & UplinkReader,
  { script, source, normalize }: Pick<Given, 'script' | 'source' | 'normalize'>,
  tools: ScriptTools | undefined,
): Converter {
  const given = { script, source, fPort: 1, normalize, namesDevices: false }
  return new ScriptedUplinkConverter(server, tools?.converter(given) ?? unprepared)
}

export const theThingsStack = converterKind({
  type: 'the-things-stack',
  title: 'The Things Stack v3',
  about: 'LoRaWAN devices of The Things Network or The Things Stack.',
  topics: ['v3/+/devices/{device}/up', 'v3/+/devices/{device}/location/solved'],
  namesDevices: false,
  topicFit: fitting(/^v3\/[^/]+\/devices\/[^/]+\/(?:up|join|down\/\w+|location\/solved|service\/data)$/),
  schema: z.strictObject({ type: z.literal('the-things-stack'), ...options }).refine(...oneScript),
  create: (given, tools) => uplinks(given, tools, (network) => new TheThingsStackConverter(network)),
})

export const chirpstack = converterKind({
  type: 'chirpstack',
  title: 'ChirpStack v4',
  about: 'LoRaWAN devices of a ChirpStack server, whose integration publishes JSON.',
  topics: ['application/+/device/{device}/event/+'],
  namesDevices: false,
  topicFit: fitting(/(?:^|\/)application\/[^/]+\/device\/[^/]+\/event\/\w+$/),
  schema: z.strictObject({ type: z.literal('chirpstack'), ...options }).refine(...oneScript),
  create: (given, tools) => uplinks(given, tools, (network) => new ChirpStackConverter(network)),
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
