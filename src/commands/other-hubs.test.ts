import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Delivery } from '../delivery/delivery.ts'
import { createIngest, ingestLimitsDefault } from '../ingest/ingest.ts'
import { systemClock as clock } from '../lib/clock.ts'
import { silentLog as log } from '../lib/log.ts'
import { createMemoryStore } from '../storage/memory.ts'
import type { Store } from '../storage/store.ts'
import { Commands, type CommandDraft } from './commands.ts'
import { OtherHubs } from './other-hubs.ts'

async function open(t: TestContext, store: Store, hub: string): Promise<Commands> {
  const ingest = await createIngest({
    ...{ store, clock, log, delivery: new Delivery(clock), limits: ingestLimitsDefault },
    router: { route: () => ({ targets: [] }) },
    onStored: () => undefined,
    onFatal: (error) => {
      throw error
    },
  })
  const others = new OtherHubs({ store, ingest, clock, hub })
  await others.load()
  const commands = await Commands.load({
    ...{ store, ingest, clock, hub, others },
    way: { send: () => [], isOnItsWay: () => true },
    bridges: { launch: () => 'full', sessionOf: () => undefined, isKnown: true },
  })
  t.after(() => commands.close())
  return commands
}

function draft(command: string): CommandDraft {
  return {
    ...{ device: 'd', integration: null, isBridged: false, command, form: 'raw', topic: 't', qos: 1 },
    ...{ responseTopic: null, payload: '', expiresSeconds: undefined },
  }
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!holds()) {
    assert.ok(performance.now() < deadline, what)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

test('what one hub commands is in the list of the other, as it changes; only its own hub follows it', async (t) => {
  const store = createMemoryStore()
  const [a, b] = [await open(t, store, 'a'), await open(t, store, 'b')]
  const first = await a.create(() => draft('first'))
  const second = await b.create(() => draft('second'))
  await until(() => a.list('d', '', 10).length === 2 && b.list('d', '', 10).length === 2, 'both see both')
  const shown = (commands: Commands) => commands.list('d', '', 10).map(({ command }) => command)
  assert.deepEqual(
    [shown(a), shown(b)],
    [
      ['second', 'first'],
      ['second', 'first'],
    ],
  )
  await assert.rejects(b.cancel('d', first.id), { code: 'COMMAND_ELSEWHERE' })
  await a.cancel('d', first.id)
  await until(() => b.get('d', first.id)?.state === 'cancelled', 'the change is seen')
  // More than a mark names: everything is read.
  for (let round = 0; round < 3; round++) {
    const made = await Promise.all(
      Array.from({ length: 60 }, (_, i) => a.create(() => draft(`${round}-${i}`))),
    )
    for (const { id } of made) await a.cancel('d', id)
  }
  await until(
    () => b.list('d', '', 1_000).length === a.list('d', '', 1_000).length,
    'what was dropped is gone',
  )
  assert.equal(b.get('d', second.id)?.state, 'queued')
  const again = await open(t, store, 'c')
  assert.equal(again.list('d', '', 1_000).length, b.list('d', '', 1_000).length, 'a new hub sees all')
})
