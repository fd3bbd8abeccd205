import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PayloadFacts } from './payload-facts.ts'

function sharesOf(payloads: unknown[], topic = 'a'): ReturnType<PayloadFacts['shares']> {
  const facts = new PayloadFacts()
  for (const payload of payloads) {
    facts.add(topic, Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)))
  }
  return facts.shares()
}

const series = (key: string, values: number[]): unknown[] => values.map((value) => ({ [key]: value }))

test('times are found by name and value, also in the first levels below', () => {
  const payloads = [
    { ts: 1_764_000_000_000, values: { a: 1 } },
    [{ timestamp: '2026-11-27T12:00:00Z', a: 1 }],
    { d1: [{ ts: 1_764_000_000 }] },
    { time: 12 },
    { a: 1 },
    'not json',
  ]
  const { json, withTs, looked } = sharesOf(payloads)
  assert.deepEqual([json, withTs, looked], [5 / 6, 3 / 6, 6])
})

const looks: [what: string, payloads: unknown[], kind: 'cumulative' | 'delta' | 'other'][] = [
  ['whole numbers that only grow', series('n', [5, 6, 9, 12, 12, 20]), 'cumulative'],
  ['a name that says total', series('energy_kwh', [1.5, 1.7]), 'cumulative'],
  ['counts that fall back to nothing', series('n', [0, 3, 0, 0, 2, 5, 0]), 'delta'],
  ['a name that says change', series('pulses', [3]), 'delta'],
  ['a temperature', series('temp', [21.5, 21.6, 21.4, 21.5]), 'other'],
  ['a temperature that happens to rise', series('temp', [21.1, 21.2, 21.3, 21.4, 21.5]), 'other'],
  ['a switch', series('on', [0, 1, 0, 0, 1, 0]), 'other'],
]

for (const [what, payloads, kind] of looks) {
  test(`${what}: ${kind}`, () => {
    const { values } = sharesOf(payloads)
    assert.equal(values[kind], 1, JSON.stringify(values))
  })
}

test('I7: however many topics and names there are, a bounded number is followed', () => {
  const facts = new PayloadFacts()
  for (let i = 0; i < 10_000; i++) facts.add(`topic/${i}`, Buffer.from(`{"key${i}":1}`))
  assert.equal(facts.shares().looked, 2_000)
})
