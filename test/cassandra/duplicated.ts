// Duplicates published on purpose, through both policies, and the rows that must come of them.
import assert from 'node:assert/strict'
import { connectClient } from '../../src/client/client.ts'
import type { HubProcess } from '../hub.ts'
import { readBack } from './read-back.ts'
import type { Contact } from './server.ts'

const policies = ['overwrite', 'ignore'] as const
const ts = 1_700_000_000_000
/** Of two values the first is sent this often before the second, which is sent twice. */
export const repeats = 20

/** To the devices `of-overwrite` and `of-ignore`; each message is acknowledged. */
export async function publishDuplicates(hub: HubProcess): Promise<void> {
  for (const duplicates of policies) {
    const topics = [{ filter: `${duplicates}/{device}`, qos: 1 }]
    const draft = { name: duplicates, kind: 'direct', topics, converter: { type: 'json' }, duplicates }
    await hub.request('POST', '/integrations', draft)
  }
  const client = await connectClient({ url: `mqtt://127.0.0.1:${hub.mqttPort}`, clientId: 'tester' })
  for (const duplicates of policies) {
    const topic = `${duplicates}/of-${duplicates}`
    const publish = (value: number): Promise<unknown> =>
      client.publish(topic, JSON.stringify({ ts, values: { k: value } }), { qos: 1 })
    // Many at once: repeats meet within a batch as well as over batches.
    await Promise.all(Array.from({ length: repeats }, () => publish(1)))
    await publish(2)
    await publish(2)
  }
  await client.end()
}

/** With `overwrite` the last value stays, with `ignore` the first. */
export async function assertOneRowEach(contact: Contact, keyspace: string): Promise<void> {
  for (const [policy, value] of [
    ['overwrite', 2],
    ['ignore', 1],
  ] as const) {
    const stored = await readBack(contact, keyspace, `of-${policy}`)
    assert.deepEqual(stored, { k: { ts: [ts], value: [value] } })
  }
}
