import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decoded, type Decoded, type Row } from '../../test/decoded.ts'
import { createConverter } from './create-converter.ts'

function rowsOf(result: Decoded): Row[] {
  assert.ok('rows' in result, JSON.stringify(result))
  return result.rows
}

const device = createConverter({ type: 'thingsboard' })
const gateway = createConverter({ type: 'thingsboard-gateway' })

describe('beside telemetry', () => {
  test('a gateway tells which of its devices it has connected', () => {
    const payload = '{"device":"Device A","type":"thermometer"}'
    assert.deepEqual(decoded(gateway, { topic: 'v1/gateway/connect', payload }), {
      rows: [['Device A', 'online', undefined, true]],
      nulls: 0,
    })
    assert.deepEqual(decoded(gateway, { topic: 'v1/gateway/disconnect', payload: '{"device":7}' }), {
      rows: [['7', 'online', undefined, false]],
      nulls: 0,
    })
  })

  const nothing: [topic: string, payload: string][] = [
    ['v1/gateway/attributes', '{"Device A":{"firmware":"1.2","serial":7}}'],
    ['v1/gateway/attributes/request', '{"id":1,"device":"Device A","client":true,"key":"firmware"}'],
    ['v1/gateway/rpc', '{"device":"Device A","id":1,"data":{"success":true}}'],
    ['v1/gateway/claim', '{"Device A":{"secretKey":"s","durationMs":60000}}'],
    ['v1/devices/me/attributes', '{"firmware":"1.2"}'],
    ['v1/devices/me/attributes/request/1', '{"clientKeys":"a"}'],
    ['v1/devices/me/rpc/response/1', '{"ok":true}'],
    ['v1/devices/me/rpc/request/1', 'no JSON at all'],
    ['v1/devices/me/claim', '{"secretKey":"s"}'],
    ['v2/a', '{"firmware":"1.2"}'],
    ['v2/a/j', '{"firmware":"1.2"}'],
  ]
  for (const [topic, payload] of nothing) {
    test(`${topic} is no reading`, () => {
      const converter = topic.startsWith('v1/gateway') ? gateway : device
      assert.deepEqual(decoded(converter, { topic, payload }), { rows: [], nulls: 0 })
    })
  }

  const wrong: [payload: string, code: string][] = [
    ['{}', 'no_device'],
    ['{"device":null}', 'no_device'],
    ['{"device":{"a":1}}', 'device_type'],
    ['{"device":""}', 'no_device'],
    ['["Device A"]', 'json_shape'],
    ['"Device A"', 'json_shape'],
    ['{"device":"a","device', 'json_syntax'],
    ['', 'payload_empty'],
  ]
  for (const [payload, code] of wrong) {
    test(`the news ${payload || 'without payload'} is refused as ${code}`, () => {
      const result = decoded(gateway, { topic: 'v1/gateway/connect', payload })
      assert.equal('code' in result ? result.code : result.rows, code)
    })
  }
})

test('every other topic brings telemetry', () => {
  for (const topic of ['v1/gateway/telemetry', 'v2/t', 'v2/t/j', 'site/v1/gateway/connect', 'values']) {
    const rows = rowsOf(decoded(gateway, { topic, payload: '{"A":{"t":1}}' }))
    assert.deepEqual(rows, [['A', 't', undefined, 1]])
  }
  const payload = '{"t":1}'
  for (const topic of ['v1/devices/me/telemetry', 'v2/t', 'v1/devices/x/attributes']) {
    assert.deepEqual(rowsOf(decoded(device, { topic, payload })), [['login', 't', undefined, 1]])
  }
})
