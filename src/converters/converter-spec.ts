// What a person writes under `converter`, checked: a type there is, and options it has. The API, the
// configuration and the tests all check with this, so a fault is named the same way everywhere.
import type { FieldError } from '../errors.ts'
import { nearestName, suggestion } from '../lib/nearest.ts'
import type { ConverterKind } from './converter-kind.ts'
import { converterTypes, kindOf } from './kinds.ts'

/** One entry for each fault of a spec; empty when there is none.
 *  @param at JSON pointer to the spec in what was given. */
export function converterFaults(spec: unknown, at = '/converter'): FieldError[] {
  if (typeof spec !== 'object' || spec === null) {
    return [{ pointer: at, detail: 'A converter is an object with a type.' }]
  }
  const { type } = spec as { type?: unknown }
  const kind = kindOf(type)
  if (kind === undefined) return [{ pointer: `${at}/type`, detail: unknownTypeSentence(type) }]
  const issues = kind.schema.safeParse(spec).error?.issues ?? []
  return issues.flatMap((issue) => {
    const pointer = [at, ...issue.path.map(pointerToken)].join('/')
    if (issue.code !== 'unrecognized_keys') return [{ pointer, detail: issue.message }]
    return issue.keys.map((key) => ({
      pointer: `${pointer}/${pointerToken(key)}`,
      detail: unknownOptionSentence(kind, issue.path, key),
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

function unknownOptionSentence(kind: ConverterKind, path: readonly PropertyKey[], option: string): string {
  const name = JSON.stringify(option.slice(0, 64))
  if (path.length > 0) return `${name} has no meaning here.`
  const options = Object.keys(kind.schema.shape).filter((each) => each !== 'type')
  if (options.length === 0) return `A converter of type "${kind.type}" has no options.`
  return `A converter of type "${kind.type}" has no option ${name}.${suggestion(option, options)}`
}

/** @see RFC 6901 */
function pointerToken(part: PropertyKey): string {
  return String(part).replaceAll('~', '~0').replaceAll('/', '~1')
}
