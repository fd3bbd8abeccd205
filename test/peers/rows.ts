// Looks at the hub from outside until what a peer has published can be read back.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HubProcess } from '../hub.ts'

const patienceMs = 5_000
const lookEveryMs = 20

type Latest = Record<string, { ts: number; value: unknown }>

/** The newest value of each key of a device; `{}` for a device that is not known (yet). */
export async function latestValues(hub: HubProcess, device: string): Promise<Record<string, unknown>> {
  const answer = await hub.get<Latest>(`/devices/${device}/latest`).catch((error: Error) => {
    if (error.message.includes('404')) return {}
    throw error
  })
  return Object.fromEntries(Object.entries(answer).map(([key, { value }]) => [key, value]))
}

/** What was acknowledged is there at once; QoS 0 gets a moment, for nobody said when it is stored. */
export async function assertLatest(
  hub: HubProcess,
  device: string,
  expected: Record<string, unknown>,
  qos: 0 | 1 | 2,
): Promise<void> {
  const deadline = performance.now() + (qos === 0 ? patienceMs : 0)
  for (;;) {
    const values = await latestValues(hub, device)
    if (JSON.stringify(values) === JSON.stringify(expected)) return
    if (performance.now() >= deadline) return assert.deepEqual(values, expected)
    await sleep(lookEveryMs)
  }
}

/** All values of one key in order of time. */
export async function seriesValues(hub: HubProcess, device: string, key: string): Promise<unknown[]> {
  const path = `/devices/${device}/series?keys=${key}`
  const { series } = await hub.get<{ series: Record<string, { value: unknown[] }> }>(path)
  return series[key]?.value ?? []
}
