// Every operation of the HTTP API, once: method, path, what it takes and what it answers. Routes are
// registered from it, OpenAPI is printed from it, and clients take their types from it.
import { z } from 'zod'
import * as shape from './shapes.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface Answer {
  description: string
  /** By media type; `undefined` where the content has no shape. */
  content: Readonly<Record<string, z.ZodType | undefined>>
}

export interface Operation<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType | undefined = z.ZodType | undefined,
> {
  id: string
  method: Method
  /** With `{name}` for what varies. */
  path: string
  tag: 'integrations' | 'devices' | 'delivery' | 'live' | 'setup' | 'operating'
  summary: string
  /** Answers without a bearer token. */
  isOpen: boolean
  params: P
  query: Q
  /** undefined: takes no body. `z.unknown()`: takes bytes that the converter reads. */
  body: B
  answers: Readonly<Record<number, Answer>>
  /** Error codes besides those that any operation can have. */
  errors: readonly string[]
}

const noParams = z.strictObject({})
type Empty = typeof noParams
const api = '/api/v1'

interface Common<B extends z.ZodType | undefined> {
  id: string
  method: Method
  path: string
  tag: Operation['tag']
  summary: string
  isOpen?: true
  body?: B
  answers: Operation['answers']
  errors?: readonly string[]
}

function operation<
  P extends z.ZodObject = Empty,
  Q extends z.ZodObject = Empty,
  B extends z.ZodType | undefined = undefined,
>(given: Common<B> & { params?: P; query?: Q }): Operation<P, Q, B> {
  return {
    isOpen: false,
    errors: [],
    ...given,
    params: given.params ?? (noParams as unknown as P),
    query: given.query ?? (noParams as unknown as Q),
    body: given.body as B,
  }
}

function json(description: string, schema: z.ZodType): Answer {
  return { description, content: { 'application/json': schema } }
}

const noContent: Answer = { description: 'Done; nothing to say.', content: {} }
const storeErrors = ['STORE_FULL', 'STORE_UNAVAILABLE', 'ACK_DEADLINE']

export const operations = {
  listIntegrations: operation({
    id: 'listIntegrations',
    method: 'GET',
    path: `${api}/integrations`,
    tag: 'integrations',
    summary: 'All integrations, the ready-made one first.',
    answers: { 200: json('By name.', z.strictObject({ items: z.array(shape.integration) })) },
  }),
  createIntegration: operation({
    id: 'createIntegration',
    method: 'POST',
    path: `${api}/integrations`,
    tag: 'integrations',
    summary: 'Sets an integration up; it takes messages as soon as this answers.',
    body: shape.integrationDraft,
    answers: { 201: json('The integration. `Location` names it.', shape.integration) },
    errors: ['INTEGRATION_INVALID', 'INTEGRATION_NAME_TAKEN', 'INTEGRATION_LIMIT', ...storeErrors],
  }),
  testIntegration: operation({
    id: 'testIntegration',
    method: 'POST',
    path: `${api}/integrations/test`,
    tag: 'integrations',
    summary: 'Checks an integration and reads samples with it; nothing is saved.',
    body: shape.integrationTest,
    answers: { 200: json('It is valid; what each sample gives.', shape.testResult) },
    errors: ['INTEGRATION_INVALID'],
  }),
  getIntegration: operation({
    id: 'getIntegration',
    method: 'GET',
    path: `${api}/integrations/{id}`,
    tag: 'integrations',
    summary: 'One integration.',
    params: shape.idPath,
    answers: { 200: json('The integration.', shape.integration) },
    errors: ['INTEGRATION_NOT_FOUND'],
  }),
  replaceIntegration: operation({
    id: 'replaceIntegration',
    method: 'PUT',
    path: `${api}/integrations/{id}`,
    tag: 'integrations',
    summary: 'Replaces an integration; what is left out gets its default.',
    params: shape.idPath,
    body: shape.integrationDraft,
    answers: { 200: json('The integration.', shape.integration) },
    errors: [
      'INTEGRATION_NOT_FOUND',
      'INTEGRATION_MANAGED',
      'INTEGRATION_INVALID',
      'INTEGRATION_NAME_TAKEN',
      ...storeErrors,
    ],
  }),
  removeIntegration: operation({
    id: 'removeIntegration',
    method: 'DELETE',
    path: `${api}/integrations/{id}`,
    tag: 'integrations',
    summary: 'Removes an integration; what came through it stays stored.',
    params: shape.idPath,
    answers: { 204: noContent },
    errors: ['INTEGRATION_NOT_FOUND', 'INTEGRATION_MANAGED', ...storeErrors],
  }),
  integrationDelivery: operation({
    id: 'integrationDelivery',
    method: 'GET',
    path: `${api}/integrations/{id}/delivery`,
    tag: 'delivery',
    summary: 'What happened to the messages of one integration.',
    params: shape.idPath,
    answers: { 200: json('Counted since `since`.', shape.delivery) },
    errors: ['INTEGRATION_NOT_FOUND'],
  }),
  testConverter: operation({
    id: 'testConverter',
    method: 'POST',
    path: `${api}/converters/test`,
    tag: 'integrations',
    summary: 'Reads samples with a converter; nothing is saved.',
    body: shape.converterTest,
    answers: { 200: json('What each sample gives.', shape.testResult) },
    errors: ['CONVERTER_INVALID'],
  }),
  listDevices: operation({
    id: 'listDevices',
    method: 'GET',
    path: `${api}/devices`,
    tag: 'devices',
    summary: 'Devices that have stored something, in byte order of their identifiers.',
    query: shape.devicesQuery,
    answers: { 200: json('A page.', shape.devicesPage) },
    errors: ['CURSOR_INVALID'],
  }),
  latest: operation({
    id: 'latest',
    method: 'GET',
    path: `${api}/devices/{device}/latest`,
    tag: 'devices',
    summary: 'The newest reading, by event time, of each key.',
    params: shape.devicePath,
    answers: { 200: json('By key; empty for a device that has stored nothing.', shape.latest) },
  }),
  series: operation({
    id: 'series',
    method: 'GET',
    path: `${api}/devices/{device}/series`,
    tag: 'devices',
    summary: 'Readings of a device in columns, as they are or reduced to intervals.',
    params: shape.devicePath,
    query: shape.seriesQuery,
    answers: {
      200: {
        description: 'Columns by key. As CSV: one row for each moment, one column for each key.',
        content: { 'application/json': shape.series, 'text/csv': undefined },
      },
    },
    errors: ['NOT_ACCEPTABLE', 'BUSY'],
  }),
  deleteSeries: operation({
    id: 'deleteSeries',
    method: 'DELETE',
    path: `${api}/devices/{device}/series`,
    tag: 'devices',
    summary: 'Deletes readings of a device, durably.',
    params: shape.devicePath,
    query: shape.deleteQuery,
    answers: { 200: json('How many there were.', shape.deleted) },
    errors: storeErrors,
  }),
  postTelemetry: operation({
    id: 'postTelemetry',
    method: 'POST',
    path: `${api}/devices/{device}/telemetry`,
    tag: 'devices',
    summary: 'Stores readings of a device; answers 200 only once they are stored.',
    params: shape.devicePath,
    body: z.unknown().describe('Any shape that the converter `json` reads.'),
    answers: { 200: json('Stored.', shape.accepted) },
    errors: ['TELEMETRY_UNREADABLE', ...storeErrors],
  }),
  deviceDelivery: operation({
    id: 'deviceDelivery',
    method: 'GET',
    path: `${api}/devices/{device}/delivery`,
    tag: 'delivery',
    summary: 'What happened to the messages of one device.',
    params: shape.devicePath,
    answers: { 200: json('Counted since `since`.', shape.delivery) },
    errors: ['DEVICE_NOT_FOUND'],
  }),
  delivery: operation({
    id: 'delivery',
    method: 'GET',
    path: `${api}/delivery`,
    tag: 'delivery',
    summary: 'What happened to all messages since the start.',
    answers: { 200: json('Counted since `since`.', shape.delivery) },
  }),
  listRejected: operation({
    id: 'listRejected',
    method: 'GET',
    path: `${api}/rejected`,
    tag: 'delivery',
    summary: 'Messages that no converter could read, newest first.',
    query: shape.rejectedQuery,
    answers: { 200: json('A page.', shape.rejectedPage) },
    errors: ['CURSOR_INVALID'],
  }),
  retryRejected: operation({
    id: 'retryRejected',
    method: 'POST',
    path: `${api}/rejected/{id}/retry`,
    tag: 'delivery',
    summary: 'Reads a rejected message with the integration as it is now; stored, it leaves the list.',
    params: shape.idPath,
    answers: { 200: json('Stored.', shape.accepted) },
    errors: ['REJECTED_NOT_FOUND', 'REJECTED_UNREADABLE', 'REJECTED_WITHOUT_INTEGRATION', ...storeErrors],
  }),
  live: operation({
    id: 'live',
    method: 'GET',
    path: `${api}/live`,
    tag: 'live',
    summary: 'Readings as they are stored, as server-sent events named `readings`.',
    query: shape.liveQuery,
    answers: { 200: { description: 'Never ends by itself.', content: { 'text/event-stream': undefined } } },
    errors: ['BUSY'],
  }),
  storage: operation({
    id: 'storage',
    method: 'GET',
    path: `${api}/storage`,
    tag: 'operating',
    summary: 'The store: what "stored" means on it, its size and its health.',
    answers: { 200: json('The store.', shape.storage) },
  }),
  setup: operation({
    id: 'setup',
    method: 'POST',
    path: `${api}/setup`,
    tag: 'setup',
    summary: 'Makes the first administrator with the setup code; once.',
    isOpen: true,
    body: shape.setup,
    answers: { 201: json('The administrator with the token.', shape.setupDone) },
    errors: ['SETUP_DONE', 'SETUP_CODE_WRONG', 'TOO_MANY_ATTEMPTS', ...storeErrors],
  }),
  version: operation({
    id: 'version',
    method: 'GET',
    path: '/version',
    tag: 'operating',
    summary: 'Which Ackstone this is.',
    isOpen: true,
    answers: { 200: json('Versions.', shape.version) },
  }),
  healthz: operation({
    id: 'healthz',
    method: 'GET',
    path: '/healthz',
    tag: 'operating',
    summary: 'Whether the process answers.',
    isOpen: true,
    answers: { 200: json('It does.', shape.health) },
  }),
  readyz: operation({
    id: 'readyz',
    method: 'GET',
    path: '/readyz',
    tag: 'operating',
    summary: 'Whether messages are taken and stored.',
    isOpen: true,
    answers: { 200: json('They are.', shape.readiness), 503: json('They are not; why.', shape.readiness) },
  }),
  metrics: operation({
    id: 'metrics',
    method: 'GET',
    path: '/metrics',
    tag: 'operating',
    summary: 'Counters in the Prometheus text format.',
    isOpen: true,
    answers: { 200: { description: 'Metrics.', content: { 'text/plain': undefined } } },
  }),
  openapi: operation({
    id: 'openapi',
    method: 'GET',
    path: '/api/openapi.json',
    tag: 'operating',
    summary: 'This description of the API.',
    isOpen: true,
    answers: { 200: json('OpenAPI 3.1.', z.looseObject({ openapi: z.string() })) },
  }),
  page: operation({
    id: 'page',
    method: 'GET',
    path: '/',
    tag: 'operating',
    summary: 'A page for people who open the address in a browser.',
    isOpen: true,
    answers: { 200: { description: 'HTML.', content: { 'text/html': undefined } } },
  }),
} as const

export const operationList: readonly Operation[] = Object.values(operations) as unknown as Operation[]
