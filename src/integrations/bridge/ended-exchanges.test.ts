import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EndedExchanges } from './ended-exchanges.ts'

function open() {
  const exchanges = new EndedExchanges()
  const released = (packetId: number): number[] => {
    const ended: number[] = []
    exchanges.released(packetId, (each) => ended.push(each))
    exchanges.completed(packetId)
    return ended
  }
  return { exchanges, released }
}

test('PUBREL says that what was sent before its PUBREC has been read, and nothing about what came after', () => {
  const { exchanges, released } = open()
  for (const packetId of [1, 2]) exchanges.received(packetId)
  assert.deepEqual(released(1), [])
  exchanges.received(3)
  assert.deepEqual(released(2), [], 'PUBREC of 2 left before any PUBCOMP')
  assert.deepEqual(released(3), [1])
  exchanges.received(4)
  // Twice: PUBREL may answer the first.
  assert.deepEqual(released(4), [2, 3])
  exchanges.received(5)
  exchanges.received(6)
  assert.deepEqual(released(6), [4])
  exchanges.received(5)
  assert.deepEqual(released(5), [], 'of two PUBREC, PUBREL may answer the first')
})

test('an identifier that begins anew, or a connection that ends, leaves open what was read', () => {
  const { exchanges, released } = open()
  exchanges.received(1)
  released(1)
  exchanges.received(1)
  exchanges.received(2)
  assert.deepEqual(released(2), [])
  exchanges.received(3)
  exchanges.connectionBegins()
  assert.deepEqual(released(3), [])
})
