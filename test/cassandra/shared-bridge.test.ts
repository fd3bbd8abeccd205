// A bridge on two hubs of one Cassandra, at a real Mosquitto: one of them runs it. The one that does is killed, or
// frozen until the other has it, while devices go on publishing; then every message is looked for.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectClient, type Client } from '../../src/client/client.ts'
import { judge, kinds, Ledger, type StoredSeries } from '../crash/ledger.ts'
import type { HubProcess } from '../hub.ts'
import { startMosquitto } from '../mosquitto-broker.ts'
import { longRing, requireTool } from '../tools.ts'
import { twoHubs, untilSeen } from './hubs.ts'
import { withCassandra } from './shared-server.ts'

const clientId = 'the-bridge'
const dayMs = 86_400_000
/** Only against waiting for ever on a busy machine. */
const patienceMs = 120_000
const publishEveryMs = 20

interface Health {
  state: string
  runsOn: { hub: string; isThis: boolean } | null
}

interface House {
  hubs: [HubProcess, HubProcess]
  ledger: Ledger
  /** The hub that runs the bridge, once one does, and the other. */
  running(among?: HubProcess[]): Promise<HubProcess>
  health(hub: HubProcess): Promise<Health>
  /** What the broker has written about connections of the bridge. */
  connections(): string[]
  /** All that was published until now is stored, as one of the hubs sees it. */
  settled(hub: HubProcess): Promise<StoredSeries>
}

/** Two hubs, a bridge set up over the API of the first, and a device that publishes all the time. */
async function open(t: TestContext): Promise<House | undefined> {
  const mosquitto = requireTool(t, 'mosquitto')
  if (mosquitto === undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-shared-bridge-'))
  const logFile = join(folder, 'broker.log')
  const lines = [`log_dest file ${logFile}`, 'log_type notice', 'log_type error', 'max_queued_messages 0']
  const broker = await startMosquitto(mosquitto, lines)
  t.after(async () => {
    await broker.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const hubs = await twoHubs(t)
  await hubs[0].request('POST', '/integrations', {
    ...{ name: 'Plant', kind: 'bridge', topics: [{ filter: 'plant/{device}/t', qos: 2 }] },
    ...{ converter: { type: 'json' }, connection: { url: `mqtt://127.0.0.1:${broker.port}`, clientId } },
  })
  const health = (hub: HubProcess) => hub.get<Health>('/integrations/plant/health')
  const running = async (among: HubProcess[] = hubs): Promise<HubProcess> => {
    const deadline = performance.now() + patienceMs
    for (;;) {
      for (const hub of among) {
        const answer = await health(hub).catch(() => undefined)
        const isConnected = answer?.state === 'connected' || answer?.state === 'catching up'
        if (isConnected && answer?.runsOn?.isThis === true) return hub
      }
      assert.ok(performance.now() < deadline, 'a hub runs the bridge')
      await sleep(50)
    }
  }
  await running()
  const url = `mqtt://127.0.0.1:${broker.port}`
  const device = await connectClient({ url, clientId: 'device', inflightMax: 15 })
  const { ledger, stop } = publishing(device)
  t.after(async () => {
    stop()
    await device.end()
  })
  return {
    ...{ hubs, ledger, health, running },
    connections: () =>
      readFileSync(logFile, 'utf8')
        .split('\n')
        .filter((line) => line.includes(clientId)),
    async settled(hub) {
      stop()
      const path = `/devices/${ledger.device}/series?keys=${kinds.join(',')}`
      const deadline = performance.now() + patienceMs
      for (;;) {
        const { series } = await hub.get<{ series: StoredSeries }>(path).catch(() => ({ series: {} }))
        const stored = new Set(kinds.flatMap((kind) => (series as StoredSeries)[kind]?.value ?? []))
        if (stored.size === ledger.sent.length) return series
        const missing = ledger.sent.filter(({ n }) => !stored.has(n)).length
        assert.ok(performance.now() < deadline, `${missing} of ${ledger.sent.length} are not stored`)
        await sleep(200)
      }
    },
  }
}

/** A device publishes one message of each kind, again and again. */
function publishing(device: Client): { ledger: Ledger; stop(): void } {
  const ledger = new Ledger('d', Date.now() - dayMs)
  const timer = setInterval(() => {
    for (const kind of kinds) {
      const message = ledger.write(kind)
      const { n, ts } = message
      const payload = JSON.stringify({ ...(ts !== undefined && { ts }), values: { [kind]: n } })
      const qos = kind.startsWith('q2') ? 2 : 1
      device.publish('plant/d/t', payload, { qos }).then(
        () => (message.isAcknowledged = true),
        () => undefined,
      )
    }
  }, publishEveryMs)
  return { ledger, stop: () => clearInterval(timer) }
}

function other(hubs: readonly HubProcess[], hub: HubProcess): HubProcess {
  const found = hubs.find((each) => each !== hub)
  assert.ok(found !== undefined)
  return found
}

/** Lines about a session that one connection took from another. */
function takenAway(lines: readonly string[]): string[] {
  return lines.filter((line) => line.includes('already connected'))
}

/** Nothing missing, nothing doubled. */
function assertOnce(t: TestContext, ledger: Ledger, stored: StoredSeries): void {
  const problems: string[] = []
  const verdicts = judge(ledger, stored, problems)
  t.diagnostic(
    verdicts.map(({ kind, sent, doubled }) => `${kind}: ${sent} sent, ${doubled} doubled`).join('; '),
  )
  assert.deepEqual(problems, [])
}

withCassandra(() => {
  test('a bridge of two hubs is run by one: one session at the broker, and the other hub says where', async (t) => {
    const house = await open(t)
    if (house === undefined) return
    const { hubs, running, health, connections } = house
    const owner = await running()
    const standby = other(hubs, owner)
    // It has to hear of the integration first.
    await untilSeen(async () => (await health(standby).catch(() => undefined))?.state === 'standby')
    const [here, there] = [await health(owner), await health(standby)]
    assert.deepEqual(there.runsOn, { hub: here.runsOn?.hub, isThis: false })
    // Longer than a lease lasts: it is renewed, and nobody takes the session from anybody.
    await sleep(12_000)
    const still = await running()
    assertOnce(t, house.ledger, await house.settled(standby))
    assert.deepEqual(takenAway(connections()), [])
    // In order, it is given back: the other need not wait.
    await still.stop()
    await running([other(hubs, still)])
  })

  test(
    'a bridge is changed, paused and removed at the hub that stands by: the one that runs it follows',
    longRing,
    async (t) => {
      const house = await open(t)
      if (house === undefined) return
      const { hubs, running, health, connections } = house
      const owner = await running()
      const standby = other(hubs, owner)
      const stateOf = async (hub: HubProcess) => (await health(hub).catch(() => undefined))?.state
      await untilSeen(async () => (await stateOf(standby)) === 'standby')
      const { items } = await standby.get<{ items: { id: string }[] }>('/integrations')
      const { id, managed, createdAt, updatedAt, ...draft } = items.find(
        (each) => each.id === 'plant',
      ) as never as {
        [member: string]: unknown
        connection: { passwordSet: boolean; keySet: boolean }
      }
      assert.deepEqual(
        [id, managed, typeof createdAt, typeof updatedAt],
        ['plant', false, 'string', 'string'],
      )
      const { passwordSet: _password, keySet: _key, ...connection } = draft.connection
      await standby.request('PUT', '/integrations/plant', { ...draft, connection, enabled: false })
      await untilSeen(async () => (await stateOf(owner)) === 'paused')
      assert.equal(await stateOf(standby), 'paused')
      await standby.request('PUT', '/integrations/plant', { ...draft, connection, enabled: true })
      await running()
      assertOnce(t, house.ledger, await house.settled(standby))
      await standby.request('DELETE', '/integrations/plant')
      await untilSeen(async () => (await stateOf(owner)) === undefined)
      assert.deepEqual(takenAway(connections()), [], 'one hub has ended the session, and no other has tried')
    },
  )

  test('I1, I3: the hub that runs a bridge is killed: the other goes on with its session, nothing is missing or doubled', async (t) => {
    const house = await open(t)
    if (house === undefined) return
    const owner = await house.running()
    await sleep(2_000)
    await owner.kill()
    const began = performance.now()
    const next = other(house.hubs, owner)
    assert.equal(await house.running([next]), next)
    t.diagnostic(`taken over after ${((performance.now() - began) / 1000).toFixed(1)} s`)
    await sleep(2_000)
    assertOnce(t, house.ledger, await house.settled(next))
  })

  test(
    'I1, I3: the hub that runs a bridge is frozen until the other has it: it stores and answers nothing more when it wakes',
    longRing,
    async (t) => {
      const house = await open(t)
      if (house === undefined) return
      const { hubs, running, health, connections } = house
      const owner = await running()
      const next = other(hubs, owner)
      process.kill(owner.pid, 'SIGSTOP')
      try {
        await running([next])
      } finally {
        process.kill(owner.pid, 'SIGCONT')
      }
      await sleep(5_000)
      assert.equal((await health(owner)).state, 'standby')
      assert.equal(await running([next]), next)
      assertOnce(t, house.ledger, await house.settled(next))
      assert.ok(takenAway(connections()).length <= 1, 'it has not taken the session back')
    },
  )
})
