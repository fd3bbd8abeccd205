import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LatencyHistogram } from './latency-histogram.ts'

test('a percentile is right within 25 % and never below the true value', () => {
  const latencies = fc.array(fc.double({ min: 0.004, max: 60_000, noNaN: true }), {
    minLength: 1,
    maxLength: 300,
  })
  fc.assert(
    fc.property(latencies, fc.constantFrom(0.5, 0.9, 0.99, 1), (latenciesMs, share) => {
      const histogram = new LatencyHistogram()
      for (const latencyMs of latenciesMs) histogram.record(latencyMs, 1)
      const sorted = latenciesMs.toSorted((a, b) => a - b)
      const exactMs = sorted[Math.ceil(share * sorted.length) - 1]
      const measuredMs = histogram.percentileMs(share)
      assert.ok(measuredMs !== null)
      assert.ok(measuredMs >= exactMs, `${measuredMs} is below ${exactMs}`)
      assert.ok(measuredMs <= exactMs * 1.251 + 0.002, `${measuredMs} is far above ${exactMs}`)
    }),
  )
})

test('without answers there is no percentile', () => {
  assert.equal(new LatencyHistogram().percentileMs(0.5), null)
})

test('a weighted record counts as that many answers', () => {
  const histogram = new LatencyHistogram()
  histogram.record(1, 98)
  histogram.record(100, 2)
  assert.equal(histogram.total, 100)
  assert.equal(histogram.sumMs, 298)
  assert.ok((histogram.percentileMs(0.98) ?? 0) < 2)
  assert.ok((histogram.percentileMs(0.99) ?? 0) >= 100)
  assert.equal(histogram.countWithin(2), 98)
})
