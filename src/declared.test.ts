import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from './config/load.ts'
import { checkDeclared, declaredIntegrations } from './declared.ts'
import { AckstoneError } from './errors.ts'

function load(text: string) {
  const readFile = (): string => text
  return loadConfig({ flags: { config: 'ackstone.yaml' }, environment: {}, readFile })
}

function faultsOf(text: string): string[] {
  const loaded = load(text)
  try {
    checkDeclared(loaded)
  } catch (error) {
    assert(error instanceof AckstoneError)
    return error.code === 'CONFIG_INVALID' ? error.fields.map(({ detail }) => detail) : [error.message]
  }
  return []
}

const plant = 'integrations:\n  - name: Plant\n    converter: {type: json}\n    topics:\n'

test('a declared integration is what the same body makes over the API: QoS 0, enabled, direct', () => {
  const [draft] = declaredIntegrations(load(`${plant}      - filter: a/{device}\n`))
  assert.deepEqual(draft, {
    ...{ name: 'Plant', kind: 'direct', duplicates: 'overwrite', isEnabled: true },
    ...{ topics: [{ filter: 'a/{device}', qos: 0 }], converter: { type: 'json' } },
  })
  const [off] = declaredIntegrations(load(`${plant}      - filter: a/{device}\n    enabled: false\n`))
  assert.equal(off?.isEnabled, false)
})

test('a misspelt member never means its default: it is named with its line', () => {
  assert.deepEqual(faultsOf(`${plant}      - {filter: "a/{device}", qoss: 1}\n`), [
    'ackstone.yaml:5:38: "qoss" is not known here. Did you mean "qos"?',
  ])
  assert.deepEqual(faultsOf(`${plant}      - {filter: "a/{device}", qos: 4}\n`), [
    'ackstone.yaml:5:37: "qos" must be 0 or 1 or 2.',
  ])
})

test('each fault of each integration is said at once, with its line', () => {
  const text =
    `${plant}      - {filter: "a/{devic", qos: 1}\n      - {filter: "b/{device}"}\n` +
    '  - {name: Plant, topics: [{filter: "c/{device}"}], converter: {type: jsn}}\n' +
    '  - {name: Plant, topics: [{filter: "c/{device}"}], converter: {type: json}}\n' +
    '  - {name: Far, kind: bridge, topics: [{filter: "#"}], converter: {type: json}}\n'
  const faults = faultsOf(text)
  assert.deepEqual(
    faults.map((fault) => /^ackstone\.yaml:(\d+):\d+: [A-Z"]/.exec(fault)?.[1]),
    ['5', '7', '9'],
    faults.join('\n'),
  )
})

test('the name of an integration is there once', () => {
  const one = '  - {name: Plant, topics: [{filter: "c/{device}"}], converter: {type: json}}\n'
  assert.deepEqual(faultsOf(`integrations:\n${one}${one}`), [
    'ackstone.yaml:3:12: Another integration is called "Plant" already.',
  ])
})

test('certificates that can’t be read are found without starting', () => {
  const [fault] = faultsOf('tls: {cert: /nonexistent.pem, key: /nonexistent.key}\n')
  assert.match(fault ?? '', /^The certificate file \/nonexistent\.pem can’t be used: ENOENT/)
})
