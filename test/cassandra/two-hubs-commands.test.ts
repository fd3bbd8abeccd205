// Commands of two hubs on one Cassandra: each shows those of the other, and follows its own alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HubProcess } from '../hub.ts'
import { twoHubs, untilSeen } from './hubs.ts'
import { withCassandra } from './shared-server.ts'

interface Shown {
  id: string
  state: string
}

const path = '/devices/pump/commands'

async function stateOf(hub: HubProcess, id: string): Promise<string | undefined> {
  const { items } = await hub.get<{ items: Shown[] }>(path)
  return items.find((command) => command.id === id)?.state
}

withCassandra(() => {
  test('a command made on one hub is in the list of the other, which can’t call it off; a change follows', async (t) => {
    const [one, other] = await twoHubs(t)
    const { id } = (await one.request('POST', path, { command: 'open' })) as Shown
    await untilSeen(async () => (await stateOf(other, id)) === 'queued')
    await assert.rejects(other.request('DELETE', `${path}/${id}`), /COMMAND_ELSEWHERE/)
    await one.request('DELETE', `${path}/${id}`)
    await untilSeen(async () => (await stateOf(other, id)) === 'cancelled')
  })
})
