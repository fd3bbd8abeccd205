// The delivery figures of a real hub go on where they ended when it is started again.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { HubProcess } from './hub.ts'
import { runCommand } from './terminal.ts'

interface Figures {
  received: { qos1: number }
  acknowledged: number
  since: string
}

test('stopped and started again, a hub goes on counting since its first start', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-figures-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const publish = async (hub: HubProcess): Promise<Figures & { hubs: (Figures & { isThis: boolean })[] }> => {
    const line = ['pub', '-p', String(hub.mqttPort), '-t', 'ack/d1/temp', '-m', '1', '-q', '1']
    assert.equal((await runCommand(line)).exitCode, 0)
    return hub.get('/delivery')
  }
  const hub = await HubProcess.start({ folder })
  const before = await publish(hub)
  assert.deepEqual([before.acknowledged, before.received.qos1], [1, 1])
  await hub.stop()
  const again = await HubProcess.start({ folder })
  t.after(() => again.stop())
  const after = await publish(again)
  assert.deepEqual([after.acknowledged, after.received.qos1, after.since], [2, 2, before.since])
  assert.deepEqual(
    after.hubs.map(({ isThis, acknowledged }) => [isThis, acknowledged]),
    [[true, 2]],
  )
})
