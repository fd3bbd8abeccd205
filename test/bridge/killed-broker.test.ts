// The broker dies under a bridge. One that keeps its word through a SIGKILL, another hub of ours, is judged
// strictly; Mosquitto by what it still has afterwards.
import { test } from 'node:test'
import { requireTool } from '../tools.ts'
import { rounds, runDrill } from './run-drill.ts'
import { ackstoneUpstream, mosquittoUpstream } from './upstream.ts'

const harm = 'kill the broker'

test('I1 I3: a broker that keeps its word is killed', async (t) => {
  await runDrill(t, await ackstoneUpstream(), { harm, rounds: rounds(1), protocolVersion: 5 })
})

test('I1 I3: Mosquitto is killed and ended: what has a time is there once, and what comes after is stored', async (t) => {
  const path = requireTool(t, 'mosquitto')
  if (path === undefined) return
  await runDrill(t, await mosquittoUpstream(path), { harm, rounds: rounds(2), protocolVersion: 5 })
})
