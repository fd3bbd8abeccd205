import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupsOf, type Rejected } from './groups.ts'

function rejected(id: string, integration: string, code: string): Rejected {
  const payload = { bytes: 0, text: '', base64: null, isCut: false }
  return {
    ...{
      id,
      integration,
      code,
      reason: `${code} at ${id}`,
      topic: 't',
      device: 'd',
      clientId: 'c',
      qos: 1,
      payload,
    },
    receivedAt: '2026-11-27T12:00:00Z',
  }
}

test('messages with one cause stand together, the newest cause first', () => {
  const groups = groupsOf([
    rejected('4', 'plant', 'json_syntax'),
    rejected('3', 'lab', 'json_syntax'),
    rejected('2', 'plant', 'json_syntax'),
    rejected('1', 'plant', 'no_device'),
  ])
  assert.deepEqual(
    groups.map(({ id, reason, messages }) => [id, reason, messages.length]),
    [
      ['plant.json_syntax', 'json_syntax at 4', 2],
      ['lab.json_syntax', 'json_syntax at 3', 1],
      ['plant.no_device', 'no_device at 1', 1],
    ],
  )
})
