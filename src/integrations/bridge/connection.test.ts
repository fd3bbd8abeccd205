import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Authority, canIssue } from '../../../test/certificates.ts'
import { lack } from '../../../test/tools.ts'
import type { IntegrationKind } from '../integration.ts'
import { connectionFaults } from './connection-faults.ts'
import {
  clientIdOf,
  completeConnection,
  type BridgeConnection,
  type BridgeConnectionDraft,
} from './connection.ts'

function faultsOf(
  connection: BridgeConnectionDraft | undefined,
  more: { filter?: string; connections?: number; kind?: 'direct'; before?: BridgeConnection } = {},
): string[] {
  const { filter = 'a/#', connections, before } = more
  const kind: IntegrationKind = more.kind ?? 'bridge'
  const draft = {
    kind,
    topics: [{ filter }],
    ...(connection !== undefined && { connection }),
    ...(connections !== undefined && { connections }),
  }
  return connectionFaults(draft, before).map(({ pointer, detail }) => `${pointer}: ${detail}`)
}

const complete = (draft: BridgeConnectionDraft, before?: BridgeConnection): BridgeConnection =>
  completeConnection(draft, before, () => 'made-up')

test('left out, everything is as a person would want it', () => {
  assert.deepEqual(complete({ url: 'mqtt://h' }), {
    ...{ url: 'mqtt://h', clientId: 'made-up', verify: true, cleanStart: false },
    ...{ sessionExpiry: 604_800, keepAlive: 60 },
  })
  assert.deepEqual(faultsOf({ url: 'mqtt://h' }), [])
})

test('a login in the URL is taken out of it', () => {
  const { url, username, password } = complete({ url: 'ssl://ada:p%40ss@h:1' })
  assert.deepEqual({ url, username, password }, { url: 'ssl://h:1', username: 'ada', password: 'p@ss' })
})

test('a secret that is not mentioned stays, null removes it, and it is never sent to another host', () => {
  const before = complete({ url: 'mqtt://h', username: 'u', password: 'p' })
  assert.equal(complete({ url: 'mqtts://h:8883', username: 'u' }, before).password, 'p')
  assert.equal(complete({ url: 'mqtt://h', username: 'u', password: null }, before).password, undefined)
  assert.equal(complete({ url: 'mqtt://h', username: 'u', password: 'q' }, before).password, 'q')
  assert.equal(complete({ url: 'mqtt://h' }, before).clientId, before.clientId)
  const [fault] = faultsOf({ url: 'mqtt://elsewhere', username: 'u' }, { before })
  assert.match(fault!, /^\/connection\/password: .*given for h:1883. Give it again for elsewhere:1883/)
  assert.deepEqual(faultsOf({ url: 'mqtt://elsewhere', username: 'u', password: null }, { before }), [])
})

test('several connections need shared filters, and say how to write them', () => {
  assert.deepEqual(faultsOf({ url: 'mqtt://h' }, { connections: 2 }), [
    '/topics/0/filter: With 2 connections each message would come 2 times: write $share/ackstone/a/#, or use one connection.',
  ])
  assert.deepEqual(faultsOf({ url: 'mqtt://h' }, { connections: 2, filter: '$share/g/a/#' }), [])
  assert.equal(clientIdOf(complete({ url: 'mqtt://h' }), 1, 1), 'made-up')
  assert.equal(clientIdOf(complete({ url: 'mqtt://h' }), 3, 2), 'made-up-2')
})

test('what can’t work is named with the member it is in', () => {
  const cases: [string[], RegExp][] = [
    [faultsOf(undefined), /^\/connection: A bridge needs a connection/],
    [faultsOf({ url: 'mqtt://h' }, { kind: 'direct' }), /^\/connection: Only a bridge/],
    [faultsOf({ url: 'http://h' }), /^\/connection\/url: .*the scheme "http" is not MQTT/],
    [faultsOf({ url: 'mqtt://h', password: 'p' }), /^\/connection\/username: A password needs a user name/],
    [faultsOf({ url: 'mqtt://h', ca: 'x' }), /^\/connection\/ca: It is used with mqtts and wss only/],
    [faultsOf({ url: 'mqtt://h', verify: false }), /^\/connection\/verify: There is no certificate/],
    [faultsOf({ url: 'mqtts://h', ca: 'x' }), /^\/connection\/ca: It is no certificate in PEM form/],
    [faultsOf({ url: 'mqtts://h', key: 'x' }), /^\/connection\/key: A key needs its certificate/],
    // As YAML may read it.
    [faultsOf({ url: 'mqtt://h', password: 1234 as never }), /^\/connection\/password: It must be text/],
    [faultsOf({ url: 'mqtt://h', keepalive: 5 } as never), /^\/connection\/keepalive: There is no member/],
    [faultsOf({ url: 'mqtt://h', keepAlive: 70_000 }), /^\/connection\/keepAlive: .*from 0 to 65535/],
    [faultsOf({} as never), /^\/connection\/url: A connection needs a URL/],
  ]
  for (const [faults, expected] of cases) assert.match(faults[0] ?? 'no fault', expected)
})

test('a certificate and its key belong together', (t) => {
  if (!canIssue()) return lack(t, 'needs openssl, which is not installed here')
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-bridge-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const authority = new Authority(folder)
  const [own, other] = [authority.issue('own', 'own'), authority.issue('other', 'other')]
  const read = (path: string): string => readFileSync(path, 'utf8')
  const connection = { url: 'mqtts://h', ca: read(authority.cert), cert: read(own.cert) }
  assert.deepEqual(faultsOf({ ...connection, key: read(own.key) }), [])
  assert.match(faultsOf({ ...connection, key: read(other.key) })[0]!, /does not belong to the certificate/)
  assert.match(faultsOf(connection)[0]!, /^\/connection\/cert: A certificate needs its private key/)
  const before = complete({ ...connection, key: read(own.key) })
  assert.deepEqual(faultsOf(connection, { before }), [], 'the kept key counts')
})
