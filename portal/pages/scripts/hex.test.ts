// Bytes typed in hexadecimal.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { base64OfHex } from './hex.ts'

test('bytes in any common spelling become base64', () => {
  for (const text of ['08 66', '0866', '08:66', '0x08, 0x66', '08-66'])
    assert.equal(base64OfHex(text), 'CGY=', text)
  assert.equal(base64OfHex(''), '')
})

test('what is not bytes gives nothing', () => {
  for (const text of ['8', '0g', 'hello', '08 6']) assert.equal(base64OfHex(text), undefined, text)
})

test('every sequence of bytes comes back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.equal(base64OfHex(Buffer.from(bytes).toString('hex')), Buffer.from(bytes).toString('base64'))
    }),
  )
})
