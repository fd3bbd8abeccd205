// The kind `json-mapping`: its options as a person writes them, and the mapping they make.
import * as z from 'zod'
import { converterKind } from '../converter-kind.ts'
import { FramedConverter } from '../framing/framed-converter.ts'
import { codecOptions, oneScript, scripted } from '../lorawan/lorawan-kinds.ts'
import { deviceName, encoding, memberName, timeZone, tsUnit } from '../option-shapes.ts'
import { TimeZone } from '../time-zone.ts'
import { parsePath, pathLengthMax, pathStepsMax, type JsonPath } from './json-path.ts'
import { KeyRules } from './key-rules.ts'
import { MappingConverter, type Mapping } from './mapping-converter.ts'
import { isTimePattern, TimePattern } from './time-pattern.ts'

/** Named values, and rules for keys, of one mapping. */
const entriesMax = 500

const pathFault =
  'A path looks like $.a.b[0].c, or @.a within an element; names that are not plain stand in ["…"]. ' +
  `It has ${pathLengthMax} characters and ${pathStepsMax} steps at most.`
const path = z
  .string({ error: 'A path is text.' })
  .refine((text) => parsePath(text) !== undefined, { error: pathFault })
const rootPath = path.refine((text) => text.startsWith('$'), {
  error: 'This path begins at the root, with $.',
})
const keys = z.array(memberName, { error: 'These are telemetry keys.' }).max(entriesMax)

function byKey<T extends z.ZodType>(value: T) {
  return z
    .record(memberName, value, { error: 'This is an object whose members are telemetry keys.' })
    .refine((entries) => Object.keys(entries).length <= entriesMax, {
      error: `There may be ${entriesMax} entries at most.`,
    })
}

const device = z
  .union(
    [
      z.strictObject({ topicLevel: z.int().min(1).max(64) }),
      z.strictObject({ path }),
      z.strictObject({ constant: deviceName }),
    ],
    { error: 'The device is {"topicLevel": 2}, {"path": "$.id"} or {"constant": "boiler"}.' },
  )
  .optional()
  .describe('Where the device stands: a level of the topic, counted from 1, a path, or always the same.')

const ts = z
  .strictObject({
    path,
    unit: tsUnit.default('auto'),
    timeZone: timeZone.optional(),
    pattern: z
      .string({ error: 'A pattern is text.' })
      .refine(isTimePattern, {
        error: 'A pattern has YYYY, MM and DD, and perhaps HH, mm, ss and S, each once.',
      })
      .optional(),
  })
  .optional()
  .describe('Where the time stands, its unit, and for texts without a zone which one they mean.')

const number = z.number({ error: 'This is a number.' })
const scale = z.strictObject({ factor: number.default(1), offset: number.default(0) })

const schema = z
  .strictObject({
    type: z.literal('json-mapping'),
    device,
    ts,
    each: rootPath.optional().describe('An array whose elements are read one by one.'),
    values: z
      .union([path, byKey(path)], { error: 'The values are a path, or an object of keys and paths.' })
      .optional()
      .describe('A path to an object of values, or a path for each key; everything where it is left out.'),
    keyPath: path
      .optional()
      .describe('Where an element says its key, as {"name": "temp", "value": 21.5} does.'),
    valuePath: path.optional().describe('Where such an element has its value; @.value unless told.'),
    include: keys.optional().describe('Only these keys; * at the end stands for any rest.'),
    exclude: keys.default([]).describe('Not these keys.'),
    rename: byKey(memberName).default({}).describe('New names for keys.'),
    scale: byKey(scale)
      .default({})
      .describe('Factor and offset for numbers, by the key as the payload has it.'),
    payload: path
      .optional()
      .describe(
        'Where the device’s own bytes stand, for a codec; other values are then stored as you name them.',
      ),
    payloadFormat: z
      .enum(['base64', 'hex'], { error: 'Bytes in a document are written as base64 or hex.' })
      .default('base64')
      .describe('How those bytes are written.'),
    fPort: path.optional().describe('Where the LoRaWAN port stands that a script is told.'),
    ...codecOptions,
    encoding,
  })
  .refine(...oneScript)
  .refine(({ payload, codec }) => (payload === undefined) === (codec === 'none'), {
    path: ['codec'],
    error: 'A codec reads what stands at "payload": give both, or none of them.',
  })
  .refine(({ payload, each }) => payload === undefined || each === undefined, {
    path: ['payload'],
    error: 'One document carries one payload: leave "each" out.',
  })
  .refine(({ keyPath, values }) => keyPath === undefined || values === undefined, {
    path: ['keyPath'],
    error: 'Either keyPath says where the keys are, or values does.',
  })
  .refine(({ keyPath, valuePath }) => keyPath !== undefined || valuePath === undefined, {
    path: ['valuePath'],
    error: 'valuePath belongs to keyPath.',
  })

type Options = z.output<typeof schema>

export const jsonMapping = converterKind({
  type: 'json-mapping',
  title: 'JSON mapping',
  about: 'Any JSON, without code: paths to device, time and values, keys renamed, filtered and scaled.',
  topics: ['plant/{site}/{device}/data'],
  namesDevices: ({ device }) => device !== undefined,
  topicFit: undefined,
  schema,
  create: (options, tools) => {
    const mapping = new MappingConverter(mappingOf(options))
    if (options.codec === 'script') return scripted(mapping, options, tools)
    return new FramedConverter(mapping, options.encoding)
  },
})

function mappingOf(options: Options): Mapping {
  const { include, exclude, rename, scale: scales } = options
  return {
    device: deviceOf(options.device),
    ts: timeOf(options.ts),
    each: options.each === undefined ? undefined : known(options.each),
    values: valuesOf(options),
    keys: new KeyRules({ include, exclude, rename, scale: scales }),
    payload: payloadOf(options),
  }
}

function deviceOf(given: Options['device']): Mapping['device'] {
  return given !== undefined && 'path' in given ? { path: known(given.path) } : given
}

function payloadOf({ payload, payloadFormat: format, fPort, codec }: Options): Mapping['payload'] {
  if (payload === undefined) return undefined
  const port = fPort === undefined ? undefined : known(fPort)
  return { path: known(payload), format, fPort: port, codec: codec === 'script' ? 'none' : codec }
}

function timeOf(given: Options['ts']): Mapping['ts'] {
  if (given === undefined) return undefined
  const zone = given.timeZone === undefined ? undefined : new TimeZone(given.timeZone)
  const pattern =
    given.pattern === undefined ? undefined : new TimePattern(given.pattern, zone ?? new TimeZone('UTC'))
  return { path: known(given.path), unit: given.unit, zone, pattern }
}

function valuesOf({ values, keyPath, valuePath = '@.value', each, payload }: Options): Mapping['values'] {
  if (keyPath !== undefined) return { key: known(keyPath), value: known(valuePath) }
  if (typeof values === 'object') {
    return { named: Object.entries(values).map(([key, text]) => [key, known(text)]) }
  }
  if (values === undefined && payload !== undefined) return { named: [] }
  return { all: known(values ?? (each === undefined ? '$' : '@')) }
}

/** @param text that the schema has checked. */
function known(text: string): JsonPath {
  return parsePath(text) as JsonPath
}
