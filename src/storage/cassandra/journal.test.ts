import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { JsonText, type Value } from '../../model/reading.ts'
import type { SeriesRun } from '../store.ts'
import { decodeShared, encodeShared, journalKey, type SharedBatch } from './journal.ts'

const value: fc.Arbitrary<Value> = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.boolean(),
  fc.string({ unit: 'grapheme' }),
  fc.json().map((text) => new JsonText(text)),
)

const run = fc
  .record({
    device: fc.string({ unit: 'grapheme' }),
    key: fc.string(),
    duplicates: fc.constantFrom('overwrite' as const, 'ignore' as const),
    rows: fc.array(fc.tuple(fc.maxSafeInteger(), value), { minLength: 1, maxLength: 50 }),
  })
  .map(({ rows, ...rest }): SeriesRun => {
    return { ...rest, integration: '', ts: rows.map(([ts]) => ts), values: rows.map(([, one]) => one) }
  })

test('I3: what a crash leaves in the journal is the batch as it was', () => {
  const property = fc.property(fc.array(run), fc.uint8Array(), (runs, bytes) => {
    const batch: SharedBatch = {
      writeTs: 1_764_000_000_123_456,
      closedTs: 1_764_000_000_000_000,
      runs,
      rejected: [
        {
          id: '0abc',
          integration: 'plant',
          device: 'd',
          clientId: 'c',
          topic: 't',
          payload: Buffer.from(bytes),
          qos: 2,
          receivedTs: 1,
          decidedTs: 2,
          code: 'not_json',
          reason: 'No.',
        },
      ],
      resolvedRejected: ['0', '1'],
      devices: [{ id: 'd', createdTs: 5, lastSeenTs: 7 }],
      registry: [
        { type: 'put', space: 'registry', key: 'a', value: Buffer.from(bytes) },
        { type: 'delete', space: 'registry', key: 'b' },
      ],
    }
    const again = decodeShared(encodeShared(batch))
    assert.deepEqual(again, { ...again, ...batch })
  })
  fc.assert(property, { numRuns: 300 })
})

test('journal keys sort by their write timestamps', () => {
  assert.ok(journalKey(999) < journalKey(1_764_000_000_123_456))
})
