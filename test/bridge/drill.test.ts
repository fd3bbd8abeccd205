// The promise over a bridge, on real brokers: nothing that the broker acknowledged is missing, at QoS 2 nothing
// is there twice, whoever is hurt. A few rounds with `npm test`, a hundred of each with `npm run test:all`.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { requireTool, rings } from '../tools.ts'
import { bridgeDrill, cutPlaces, faults, report, type BridgeDrillOptions } from './drill.ts'
import { ackstoneUpstream, mosquittoUpstream, type Upstream } from './upstream.ts'

function rounds(quick: number): number {
  return rings() === 'quick' ? quick : rings() === 'ci' ? 2 * quick + 10 : 100
}

async function run(
  t: TestContext,
  upstream: Upstream,
  options: Pick<BridgeDrillOptions, 'harm' | 'rounds' | 'protocolVersion'> & { connections?: number },
): Promise<void> {
  t.after(() => upstream.stop())
  const whole = { connections: 1, ...options, upstream, seed: Date.now() % 1_000_000 }
  const result = await bridgeDrill(whole)
  for (const line of report(result, whole).split('\n')) t.diagnostic(line)
  assert.deepEqual(faults(result, whole), [], report(result, whole))
}

for (const protocolVersion of [5, 4] as const) {
  test(`I1 I3: the hub is killed while attached to Mosquitto over MQTT ${protocolVersion}`, async (t) => {
    const path = requireTool(t, 'mosquitto')
    if (path === undefined) return
    await run(t, await mosquittoUpstream(path), {
      harm: 'kill the hub',
      rounds: rounds(protocolVersion === 5 ? 2 : 1),
      protocolVersion,
    })
  })

  test(`I1 I3: the connection is cut at each step of MQTT ${protocolVersion}`, async (t) => {
    const path = requireTool(t, 'mosquitto')
    if (path === undefined) return
    const isShort = rings() === 'quick' && protocolVersion === 4
    await run(t, await mosquittoUpstream(path), {
      harm: 'cut the connection',
      rounds: isShort ? 4 : rounds(cutPlaces.length),
      protocolVersion,
    })
  })
}

test('I1 I3: the hub is killed while four connections share the messages', async (t) => {
  const path = requireTool(t, 'mosquitto')
  if (path === undefined) return
  const upstream = await mosquittoUpstream(path)
  await run(t, upstream, { harm: 'kill the hub', rounds: rounds(1), protocolVersion: 5, connections: 4 })
})

test('I1 I3: a broker that keeps its word is killed', async (t) => {
  await run(t, await ackstoneUpstream(), { harm: 'kill the broker', rounds: rounds(1), protocolVersion: 5 })
})

test('I1 I3: Mosquitto is killed and ended: what has a time is there once, and what comes after is stored', async (t) => {
  const path = requireTool(t, 'mosquitto')
  if (path === undefined) return
  await run(t, await mosquittoUpstream(path), {
    harm: 'kill the broker',
    rounds: rounds(2),
    protocolVersion: 5,
  })
})
