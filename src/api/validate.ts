// Checks input against a shape of the contract and turns what zod finds into sentences that name the
// member, what it must be, and the nearest known name for one that is unknown.
import { z } from 'zod'
import { AckstoneError, type ErrorCode, type FieldError } from '../errors.ts'
import { suggestion } from '../lib/nearest.ts'

/** Faults named in one answer; more of them help nobody. */
const faultsMax = 20

/** @throws an AckstoneError with the code, one field for each fault. */
export function validate<S extends z.ZodType>(schema: S, value: unknown, code: ErrorCode): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const faults = result.error.issues.flatMap((issue) => faultsOf(issue, schema, value)).slice(0, faultsMax)
  throw new AckstoneError(code, {}, undefined, faults)
}

function faultsOf(issue: z.core.$ZodIssue, schema: z.ZodType, value: unknown): FieldError[] {
  const pointer = issue.path.map((step) => `/${escaped(String(step))}`).join('')
  const name = nameOf(issue.path)
  if (issue.code === 'unrecognized_keys') {
    const known = knownNames(schema, issue.path)
    return issue.keys.slice(0, faultsMax).map((key) => ({
      pointer: `${pointer}/${escaped(key)}`,
      detail: `"${key.slice(0, 100)}" is not known here.${suggestion(key, known)}`,
    }))
  }
  const given = issue.path.reduce<unknown>((at, step) => (at as Record<PropertyKey, unknown>)?.[step], value)
  if (given === undefined) return [{ pointer, detail: `${name} is missing.` }]
  return [{ pointer, detail: sentence(issue, name) }]
}

function nameOf(path: readonly PropertyKey[]): string {
  const last = path.at(-1)
  if (last === undefined) return 'The body'
  return typeof last === 'number' ? `Entry ${last + 1} of "${String(path.at(-2))}"` : `"${String(last)}"`
}

function oneOf(values: readonly z.core.util.Primitive[]): string {
  return values.map((value) => JSON.stringify(value)).join(' or ')
}

function sentence(issue: z.core.$ZodIssue, name: string): string {
  switch (issue.code) {
    case 'invalid_type':
      return `${name} must be ${typeName(issue.expected)}.`
    case 'invalid_value':
      return `${name} must be ${oneOf(issue.values)}.`
    case 'invalid_union': {
      const values = issue.errors.map(([first]) =>
        first?.code === 'invalid_value' ? first.values : undefined,
      )
      if (!values.every((each) => each !== undefined)) return `${name} has a value that is not allowed here.`
      return `${name} must be ${oneOf(values.flat())}.`
    }
    case 'too_small':
      return `${name} must ${issue.origin === 'string' ? 'not be empty' : `be at least ${issue.minimum}`}.`
    case 'too_big':
      return `${name} must ${bound(issue.origin)} ${issue.maximum} at most.`
    case 'invalid_format':
      return issue.format === 'regex' ? `${name} ${issue.message}.` : `${name} must be ${issue.format}.`
    case 'custom':
      return issue.message
    default:
      return `${name} is not valid.`
  }
}

function bound(origin: string): string {
  if (origin === 'string') return 'have a length of'
  return origin === 'array' ? 'have a count of' : 'be'
}

function typeName(expected: string): string {
  const names: Record<string, string> = {
    string: 'text',
    boolean: 'true or false',
    int: 'a whole number',
    number: 'a number',
    array: 'an array',
    object: 'an object',
  }
  return names[expected] ?? expected
}

/** The member names of the object that the path leads to. */
function knownNames(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at = unwrapped(schema)
  for (const step of path) {
    if (at instanceof z.ZodObject) at = unwrapped(at.shape[String(step)] as z.ZodType)
    else if (at instanceof z.ZodArray) at = unwrapped(at.element as z.ZodType)
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : []
}

function unwrapped(schema: z.ZodType): z.ZodType {
  const isWrapper = schema instanceof z.ZodDefault || schema instanceof z.ZodOptional
  return isWrapper ? unwrapped(schema.def.innerType as z.ZodType) : schema
}

function escaped(step: string): string {
  return step.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')
}
