// paho-mqtt, the client most Python programs use, against our hub. ACKSTONE_PYTHON names a Python with it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { HubProcess } from '../hub.ts'
import { findTool, lack } from '../tools.ts'
import { assertLatest, seriesValues } from './rows.ts'

const run = promisify(execFile)
const script = join(import.meta.dirname, 'publish-with-paho.py')
const folder = mkdtempSync(join(tmpdir(), 'ackstone-paho-'))
const python = process.env.ACKSTONE_PYTHON ?? findTool('python3')
let hub: HubProcess
let hasPaho = false

before(async () => {
  hasPaho = python !== undefined && (await run(python, ['-c', 'import paho.mqtt.client']).then(yes, no))
  hub = await HubProcess.start({ folder })
})
after(async () => {
  await hub.stop()
  rmSync(folder, { recursive: true, force: true })
})

for (const version of ['311', '5']) {
  for (const qos of [0, 1, 2] as const) {
    test(`paho, version ${version}, QoS ${qos}: each message becomes one row, in order`, async (t) => {
      if (python === undefined || !hasPaho) return lack(t, 'needs python3 with paho-mqtt')
      const device = `paho-${version}-${qos}`
      const count = 50
      await run(python, [script, String(hub.mqttPort), version, String(qos), device, String(count)])
      await assertLatest(hub, device, { n: count - 1 }, qos)
      const numbers = Array.from({ length: count }, (_, n) => n)
      assert.deepEqual(await seriesValues(hub, device, 'n'), numbers)
    })
  }
}

function yes(): boolean {
  return true
}
function no(): boolean {
  return false
}
