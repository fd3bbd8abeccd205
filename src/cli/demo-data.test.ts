import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadDemoSources, nextMoment, readingsBetween } from './demo-data.ts'

const sources = loadDemoSources()
const nowMs = Date.UTC(2026, 10, 23, 7, 30)

test('the demo uses each Quality of Service, and every value is measured and finite', () => {
  assert.deepEqual(new Set(sources.map(({ qos }) => qos)), new Set([0, 1, 2]))
  for (const { device, rows } of sources) {
    assert.ok(rows.length > 1000, device)
    for (const { values } of rows) {
      for (const [key, value] of Object.entries(values)) {
        assert.ok(typeof value === 'string' ? value !== '' : Number.isFinite(value), `${device} ${key}`)
      }
    }
  }
})

test('the past of each source ends now, in order, and has no moment twice', () => {
  for (const source of sources) {
    const past = [...readingsBetween(source, nowMs - source.backfillMs, nowMs)]
    assert.ok(past.length > 1000, source.device)
    for (const [at, { ts }] of past.entries()) {
      assert.ok(ts > nowMs - source.backfillMs && ts <= nowMs)
      assert.ok(at === 0 || ts >= past[at - 1]!.ts, source.device)
    }
  }
})

test('the same moment gives the same reading, however the past is cut', () => {
  for (const source of sources) {
    const whole = [...readingsBetween(source, nowMs - 7_200_000, nowMs)]
    const halves = [
      ...readingsBetween(source, nowMs - 7_200_000, nowMs - 3_333_333),
      ...readingsBetween(source, nowMs - 3_333_333, nowMs),
    ]
    assert.deepEqual(halves, whole)
  }
})

test('the next moment is the next reading, also across the end of a period', () => {
  for (const source of sources) {
    const ends = source.anchorMs + 7 * source.periodMs - 1
    for (const fromMs of [nowMs, ends, ends + 1]) {
      const next = nextMoment(source, fromMs)
      const [reading] = readingsBetween(source, fromMs, next)
      assert.equal(reading?.ts, next, source.device)
      assert.deepEqual([...readingsBetween(source, fromMs, next - 1)], [])
    }
  }
})

test('the weather of a season stays in its season', () => {
  const weather = sources.find(({ device }) => device === 'seattle-weather')!
  const mean = (fromMs: number): number => {
    const days = [...readingsBetween(weather, fromMs, fromMs + 30 * 86_400_000)]
    return days.reduce((sum, { values }) => sum + Number(values['temperature']), 0) / days.length
  }
  assert.ok(mean(Date.UTC(2026, 6, 1)) > mean(Date.UTC(2026, 0, 1)) + 10)
})
