import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AckstoneError } from '../errors.ts'
import { explained, whyNoAnswer } from './unreachable.ts'

function failed(code: string): Error {
  return Object.assign(new Error(code), { code })
}

test('what a broker’s certificate lacks is said with the options of the command line', () => {
  for (const code of ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'DEPTH_ZERO_SELF_SIGNED_CERT']) {
    const details = { address: 'h:8883', cause: 'it is not trusted', stage: 'connect' }
    const { sentence, hint } = explained(new AckstoneError('CONNECT_FAILED', details, failed(code)))
    assert.match(sentence, /^No MQTT connection to h:8883: it is not trusted\. The broker’s certificate/)
    assert.match(hint, /--cafile/)
    assert.doesNotMatch(hint, /"ca"/)
  }
})

test('a hub that is there and not trusted, or speaks another scheme, is not told to be started', () => {
  const cases: [string, RegExp][] = [
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /NODE_EXTRA_CA_CERTS/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /NODE_EXTRA_CA_CERTS/],
    ['UND_ERR_SOCKET', /https where the hub has a certificate/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /https where the hub has a certificate/],
    ['ECONNREFUSED', /^Start it with/],
  ]
  for (const [code, hint] of cases) {
    const [said, todo] = whyNoAnswer(new TypeError('fetch failed', { cause: failed(code) }))
    assert.match(said, new RegExp(code))
    assert.match(todo, hint)
  }
  assert.equal(whyNoAnswer(new Error('bad port'))[0], 'bad port')
})
