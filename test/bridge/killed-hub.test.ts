// The hub is killed while it is attached to a real broker: nothing that the broker acknowledged is missing, and
// at QoS 2 nothing is there twice. A few rounds with `npm test`, a hundred with `npm run test:all`.
import { test } from 'node:test'
import { requireTool } from '../tools.ts'
import { rounds, runDrill } from './run-drill.ts'
import { mosquittoUpstream } from './upstream.ts'

const harm = 'kill the hub'

for (const protocolVersion of [5, 4] as const) {
  test(`I1 I3: the hub is killed while attached to Mosquitto over MQTT ${protocolVersion}`, async (t) => {
    const path = requireTool(t, 'mosquitto')
    if (path === undefined) return
    const few = protocolVersion === 5 ? 2 : 1
    await runDrill(t, await mosquittoUpstream(path), { harm, rounds: rounds(few), protocolVersion })
  })
}

test('I1 I3: the hub is killed while four connections share the messages', async (t) => {
  const path = requireTool(t, 'mosquitto')
  if (path === undefined) return
  const options = { harm, rounds: rounds(1), protocolVersion: 5, connections: 4 } as const
  await runDrill(t, await mosquittoUpstream(path), options)
})

test('I1 I3 I6: the hub is killed while messages of a bridge wait for a script', async (t) => {
  const path = requireTool(t, 'mosquitto')
  if (path === undefined) return
  const options = { harm, rounds: rounds(1), protocolVersion: 5, isScripted: true } as const
  await runDrill(t, await mosquittoUpstream(path), options)
})
