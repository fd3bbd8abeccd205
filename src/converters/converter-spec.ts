// What a person may write under `converter`: the types there are and the options of each. The API, the
// configuration and the tests all check with these schemas, so a fault is named the same way everywhere.
import * as z from 'zod'
import type { FieldError } from '../errors.ts'
import { nearestName, suggestion } from '../lib/nearest.ts'
import { keyBytesMax } from '../model/reading.ts'
import { refusedKeys } from './json-reader.ts'
import { tsUnits } from './reading-time.ts'
import { valueTypes } from './value-converter.ts'

const tsUnit = z.enum(tsUnits, { error: `The unit of bare times is one of ${tsUnits.join(', ')}.` })
const memberName = z
  .string({ error: 'A name is text.' })
  .refine((name) => name.length > 0 && Buffer.byteLength(name) <= keyBytesMax, {
    error: `A name has 1 to ${keyBytesMax} bytes.`,
  })
  .refine((name) => !refusedKeys.has(name) && !name.includes('\0'), { error: 'That name is not allowed.' })

const json = z
  .strictObject({
    type: z.literal('json'),
    /** Member that holds the time. */
    tsKey: memberName.default('ts'),
    tsUnit: tsUnit.default('auto'),
    /** Member that names the device where the topic doesn't. */
    deviceKey: memberName.optional(),
  })
  .refine(({ tsKey, deviceKey }) => tsKey !== deviceKey, {
    path: ['deviceKey'],
    error: 'The time and the device can’t be in the same member.',
  })

const assetwolf = z.strictObject({ type: z.literal('assetwolf'), tsUnit: tsUnit.default('ms') })
const thingsboard = z.strictObject({ type: z.literal('thingsboard') })
const thingsboardGateway = z.strictObject({ type: z.literal('thingsboard-gateway') })

const value = z.strictObject({
  type: z.literal('value'),
  /** What the payload must be; `auto` tells by its look. */
  valueType: z
    .enum(valueTypes, { error: `The type of values is one of ${valueTypes.join(', ')}.` })
    .default('auto'),
  /** Telemetry key where the topic gives none. */
  key: memberName.optional(),
  tsUnit: tsUnit.default('auto'),
})

const schemas = [json, assetwolf, thingsboard, thingsboardGateway, value] as const

/** A checked spec, defaults filled in. */
export type KnownConverterSpec = z.output<(typeof schemas)[number]>
export type ConverterType = KnownConverterSpec['type']

export const converterTypes: readonly ConverterType[] = schemas.map((schema) => schema.shape.type.value)

export const converterSpecSchema = z.discriminatedUnion('type', schemas, {
  error: (issue) => {
    if (issue.code !== 'invalid_union') return 'A converter is an object with a type.'
    return unknownTypeSentence((issue.input as { type?: unknown } | undefined)?.type)
  },
})

/** One entry for each fault of a spec; empty when there is none.
 *  @param at JSON pointer to the spec in what was given. */
export function converterFaults(spec: unknown, at = '/converter'): FieldError[] {
  const issues = converterSpecSchema.safeParse(spec).error?.issues ?? []
  return issues.flatMap((issue) => {
    const pointer = [at, ...issue.path.map(pointerToken)].join('/')
    if (issue.code !== 'unrecognized_keys') return [{ pointer, detail: issue.message }]
    return issue.keys.map((key) => ({
      pointer: `${pointer}/${pointerToken(key)}`,
      detail: unknownOptionSentence((spec as { type: ConverterType }).type, key),
    }))
  })
}

function unknownTypeSentence(type: unknown): string {
  const known = `The types are ${converterTypes.join(', ')}.`
  if (typeof type !== 'string') return `A converter needs a type. ${known}`
  const nearest = nearestName(type, converterTypes)
  const guess = nearest === undefined ? '' : ` Did you mean "${nearest}"?`
  return `There is no converter of type ${JSON.stringify(type.slice(0, 64))}.${guess} ${known}`
}

function unknownOptionSentence(type: ConverterType, option: string): string {
  const schema = schemas.find((candidate) => candidate.shape.type.value === type)
  const options = Object.keys(schema?.shape ?? {}).filter((name) => name !== 'type')
  if (options.length === 0) return `A converter of type "${type}" has no options.`
  const name = JSON.stringify(option.slice(0, 64))
  return `A converter of type "${type}" has no option ${name}.${suggestion(option, options)}`
}

/** @see RFC 6901 */
function pointerToken(part: PropertyKey): string {
  return String(part).replaceAll('~', '~0').replaceAll('/', '~1')
}
