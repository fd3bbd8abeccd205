// Items 10, 12 and 14 are held by tests beside what they are about. This one holds that those are there.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '../..')

function holds(file: string, ...words: RegExp[]): void {
  const path = join(root, file)
  assert.ok(existsSync(path), `${file} is there`)
  const text = readFileSync(path, 'utf8')
  for (const word of words) assert.match(text, word, `${file} has a test about ${word.source}`)
}

test('item 10: withdrawn rights take subscriptions and retained messages along', () => {
  holds('src/broker/rights.test.ts', /retained/, /right/)
})

test('item 12: WebSocket frames, fragments, pings without end, origins; PROXY headers', () => {
  holds(
    'src/transport/websocket.test.ts',
    /pings whose answers nobody reads/,
    /over many frames, many in one/,
  )
  holds(
    'src/transport/websocket.test.ts',
    /subprotocol mqtt is needed/,
    /pages of others may not/,
    /compression/,
  )
  holds('src/transport/proxy-protocol.test.ts', /any bytes at all/)
})

test('item 1: TLS handshakes that are never finished', () => {
  holds('src/transport/tls.test.ts', /handshakes that are never finished/)
})

test('item 14: the disk full or failing, a kill between commit and PUBACK', () => {
  holds('src/storage/leveldb/faulty-disk.test.ts', /test\(/)
  holds('src/storage/leveldb/kill.test.ts', /test\(/)
  holds('test/crash/drill.test.ts', /test\(/)
})
