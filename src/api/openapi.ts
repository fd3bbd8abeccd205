// Prints the contract as OpenAPI 3.1, whose schemas are JSON Schema 2020-12: what zod emits.
import { z } from 'zod'
import { errorTable, type ErrorCode } from '../errors.ts'
import { operationList, type Answer, type Operation } from './contract.ts'
import { problem } from './shapes.ts'

type Json = Record<string, unknown>

/** Codes that any operation with the given part can answer with. */
const errorsOfAny: readonly ErrorCode[] = ['QUERY_INVALID', 'REQUEST_INVALID']
const errorsOfPaths: readonly ErrorCode[] = ['PATH_INVALID']
const errorsOfClosed: readonly ErrorCode[] = ['UNAUTHENTICATED', 'TOO_MANY_ATTEMPTS']
const errorsOfRoles: readonly ErrorCode[] = ['FORBIDDEN']
/** Where a cookie could be made use of. */
const errorsOfChanges: readonly ErrorCode[] = ['CROSS_SITE']
const errorsOfBodies: readonly ErrorCode[] = ['BODY_MISSING', 'BODY_TOO_LARGE', 'MEDIA_TYPE']
const errorsOfJson: readonly ErrorCode[] = ['BODY_SYNTAX', 'BODY_INVALID']

/** The document that `/api/openapi.json` serves. */
export function openApi(version: string): Json {
  const paths: Record<string, Json> = {}
  for (const operation of operationList) {
    paths[operation.path] ??= {}
    paths[operation.path][operation.method.toLowerCase()] = operationJson(operation)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Ackstone',
      version,
      description: 'An MQTT telemetry hub in which an acknowledgement means the reading is stored.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or an administrator’s token.' },
        session: { type: 'apiKey', in: 'cookie', name: 'ackstone_session' },
      },
      schemas: { Problem: schemaJson(problem, 'output') },
    },
  }
}

/** Every code an operation can answer with. */
export function errorCodesOf(operation: Operation): ErrorCode[] {
  return [
    ...errorsOfAny,
    ...(operation.path.includes('{') ? errorsOfPaths : []),
    ...(operation.isOpen ? [] : errorsOfClosed),
    ...(operation.isOpen || operation.role === 'anybody' ? [] : errorsOfRoles),
    ...(operation.isOpen || operation.method === 'GET' ? [] : errorsOfChanges),
    ...(operation.body === undefined ? [] : errorsOfBodies),
    ...(operation.body === undefined || operation.body instanceof z.ZodUnknown ? [] : errorsOfJson),
    ...(operation.errors as readonly ErrorCode[]),
  ]
}

function operationJson(operation: Operation): Json {
  const { id, tag, summary, isOpen, role, params, query, body, answers } = operation
  const parameters = [...parametersOf(params, 'path'), ...parametersOf(query, 'query')]
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(isOpen ? { security: [] } : { 'x-role': role }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaJson(body, 'input') } } },
    }),
    responses: { ...answersJson(answers), ...problemsJson(operation) },
  }
}

function parametersOf(shape: z.ZodObject, place: 'path' | 'query'): Json[] {
  return Object.entries(shape.shape).map(([name, member]) => {
    const { description, ...schema } = schemaJson(member as z.ZodType, 'input')
    return {
      name,
      in: place,
      required: place === 'path',
      ...(description !== undefined && { description }),
      schema,
    }
  })
}

function answersJson(answers: Readonly<Record<number, Answer>>): Json {
  const entries = Object.entries(answers).map(([status, { description, content }]) => {
    const types = Object.entries(content).map(([type, schema]) => {
      return [type, schema === undefined ? {} : { schema: schemaJson(schema, 'output') }]
    })
    return [status, { description, ...(types.length > 0 && { content: Object.fromEntries(types) }) }]
  })
  return Object.fromEntries(entries)
}

/** One answer for each status, with the codes it can carry. */
function problemsJson(operation: Operation): Json {
  const codes = new Map<number, ErrorCode[]>()
  for (const code of new Set(errorCodesOf(operation))) {
    const status = errorTable[code].httpStatus
    if (operation.answers[status] === undefined) codes.set(status, [...(codes.get(status) ?? []), code])
  }
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
  const entries = Array.from(codes, ([status, of]) => [
    status,
    { description: of.sort().join(', '), content },
  ])
  return Object.fromEntries(entries)
}

function schemaJson(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => {
      // A number in a query string is digits to zod and a number to whoever reads the description.
      if (jsonSchema.type === 'integer') delete jsonSchema.pattern
    },
  })
  return json
}
