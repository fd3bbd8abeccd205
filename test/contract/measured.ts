// What every engine must say of itself, and must have found out by looking.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { put } from './batches.ts'
import type { EngineUnderTest } from './store.ts'

export function measuring({ open }: EngineUnderTest): void {
  test('the store says what it is and how it is', async (t) => {
    const store = await open(t)
    assert.equal(store.health().isWritable, true)
    const description = await store.describe()
    assert.ok(description.durability.length > 20)
    assert.ok(description.location.length > 0)
  })

  test('the store says what it has measured, and nothing that it has not', async (t) => {
    const store = await open(t)
    const { engine, durability, measured } = await store.describe()
    assert.equal(store.health().durability, durability)
    assert.equal(measured.commitMs, undefined)
    await put(store, 'd', 'k', [[1, 1]])
    if (engine === 'memory') return
    const { commitMs, syncMs, freeBytes, growthBytesPerDay } = (await store.describe()).measured
    assert.equal(commitMs!.count, 1)
    assert.ok(commitMs!.p50 > 0 && commitMs!.p50 <= commitMs!.p99)
    assert.ok(syncMs!.p50 > 0 && freeBytes! > 0)
    assert.equal(growthBytesPerDay, undefined, 'nothing is known of a day after a moment')
  })
}
