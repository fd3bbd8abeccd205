// The YAML of a draft means what the draft means, and holds no secret.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import { draftBody, newDraft } from './draft.ts'
import { yamlOf } from './yaml.ts'

test('the YAML of a direct integration reads back as what the API takes', () => {
  const draft = {
    ...newDraft('x'),
    name: 'Plant: "north"',
    topics: [{ filter: 'plant/{device}/telemetry', qos: 1 as const }],
  }
  const { enabled: _, ...body } = draftBody(draft, true)
  assert.deepEqual(parse(yamlOf(body)), { integrations: [body] })
})

test('whatever a draft holds survives the way through YAML', () => {
  const text = fc
    .string({ unit: 'binary', maxLength: 40 })
    .filter((each) => !/[\r\n\u0085\u2028\u2029\ufeff]/.test(each))
  const scalar = fc.oneof(
    text,
    fc.integer(),
    fc.boolean(),
    fc.constantFrom('yes', 'null', '1e3', '- a', 'a: b', '', '~', 'on', '0x1f', '<<'),
  )
  const name = fc
    .stringMatching(/^[a-z][a-zA-Z]{0,8}$/)
    .filter(
      (each) =>
        !['enabled', 'connection', 'true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n'].includes(
          each.toLowerCase(),
        ),
    )
  const tree = fc.dictionary(
    name,
    fc.oneof(
      scalar,
      fc.dictionary(name, scalar),
      fc.array(scalar, { maxLength: 4 }),
      fc.array(fc.dictionary(name, scalar, { minKeys: 1 }), { maxLength: 3 }),
    ),
    { minKeys: 1 },
  )
  fc.assert(
    fc.property(tree, (body) => {
      assert.deepEqual(parse(yamlOf(body)), { integrations: [JSON.parse(JSON.stringify(body))] })
    }),
    { numRuns: 40 },
  )
})

test('a password and a private key never reach the YAML', () => {
  const draft = newDraft('x')
  const connection = {
    ...draft.connection,
    url: 'mqtts://user:hush@broker:8883',
    auth: 'password' as const,
    username: 'u',
    password: 'hush',
  }
  const written = yamlOf(draftBody({ ...draft, kind: 'bridge', connection }, true))
  assert.doesNotMatch(written, /hush/)
  assert.match(written, /password: "\$\{env:BROKER_PASSWORD\}"/)
})
