import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createTestHub } from '../../test/api-parts.ts'
import { errorTable } from '../errors.ts'
import { operationList } from './contract.ts'
import { errorCodesOf } from './openapi.ts'

interface Document {
  openapi: string
  info: { title: string; version: string }
  paths: Record<string, Record<string, DocumentOperation>>
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> }
}

interface DocumentOperation {
  operationId: string
  summary: string
  security?: object[]
  parameters?: { name: string; in: string; required: boolean; schema: Record<string, unknown> }[]
  requestBody?: { content: Record<string, { schema: object }> }
  responses: Record<string, { description: string; content?: Record<string, { schema?: object }> }>
}

const hub = await createTestHub()
const answer = await hub.api.inject({ url: '/api/openapi.json' })
const document = answer.json<Document>()
const described = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
)

test('the description is OpenAPI 3.1 and complete in itself', () => {
  assert.equal(document.openapi, '3.1.0')
  assert.equal(document.info.title, 'Ackstone')
  const references = new Set(answer.body.match(/"\$ref":"[^"]+"/g))
  assert.deepEqual([...references], ['"$ref":"#/components/schemas/Problem"'])
  assert.ok(document.components.schemas['Problem'] !== undefined)
  assert.doesNotMatch(answer.body, /"\$schema"/)
})

test('every route is described, and everything described is a route', () => {
  const routes = operationList.map(({ method, path }) => `${method} ${path}`)
  assert.deepEqual(described.map(({ method, path }) => `${method} ${path}`).sort(), routes.sort())
  for (const { method, path } of described) {
    const url = path.replace(/\{(\w+)\}/g, ':$1')
    assert.ok(hub.api.hasRoute({ method: method as 'GET', url }), `${method} ${url}`)
  }
  const printed = hub.api.printRoutes({ commonPrefix: false, includeHooks: false })
  assert.equal(
    printed
      .match(/\(([A-Z, ]+)\)/g)
      ?.join()
      .match(/GET|POST|PUT|DELETE/g)?.length,
    routes.length,
  )
})

test('each operation says what it takes, what it answers and what can go wrong', () => {
  const ids = new Set<string>()
  for (const { path, operation } of described) {
    assert.ok(!ids.has(operation.operationId), 'operation ids are unique')
    ids.add(operation.operationId)
    assert.ok(operation.summary.endsWith('.'), operation.summary)
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
    assert.deepEqual(
      parameters.map(({ name }) => name),
      inPath,
    )
    assert.ok(parameters.every(({ required }) => required))
    for (const response of Object.values(operation.responses)) assert.ok(response.description.length > 0)
    const isOpen = operation.security?.length === 0
    if (!isOpen) assert.ok(operation.responses['401'] !== undefined, operation.operationId)
    assert.ok(Object.keys(operation.responses).some((status) => status.startsWith('2')))
  }
  const limit = document.paths['/api/v1/devices']!['get']!.parameters!.find(({ name }) => name === 'limit')!
  assert.deepEqual(limit.schema, { type: 'integer', minimum: 1, maximum: 1000 })
})

test('every code in the contract is a row of the error table', () => {
  for (const operation of operationList) {
    for (const code of errorCodesOf(operation)) assert.ok(code in errorTable, `${operation.id}: ${code}`)
  }
})

test('docs/reference/api.md lists every operation', () => {
  const page = readFileSync(new URL('../../docs/reference/api.md', import.meta.url), 'utf8')
  const listed = [...page.matchAll(/^\| `([A-Z]+ \/\S*)` \| (.*) \|$/gm)].map(([, operation, text]) => [
    operation,
    text,
  ])
  assert.deepEqual(
    listed,
    operationList.map(({ method, path, summary }) => [`${method} ${path}`, summary]),
  )
})
