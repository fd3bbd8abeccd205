// The clients of the Mosquitto project, as the distribution ships them, against our hub.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { HubProcess } from '../hub.ts'
import { requireTool } from '../tools.ts'
import { assertLatest, seriesValues } from './rows.ts'

const run = promisify(execFile)
const topic = 'v1/devices/me/telemetry'
const folder = mkdtempSync(join(tmpdir(), 'ackstone-mosquitto-'))
let hub: HubProcess

before(async () => {
  hub = await HubProcess.start({ folder })
})
after(async () => {
  await hub.stop()
  rmSync(folder, { recursive: true, force: true })
})

for (const version of ['mqttv311', 'mqttv5']) {
  for (const qos of [0, 1, 2] as const) {
    test(`mosquitto_pub -V ${version} -q ${qos}: the reading is read back`, async (t) => {
      const mosquittoPub = requireTool(t, 'mosquitto_pub')
      if (mosquittoPub === undefined) return
      const device = `${version}-q${qos}`
      const payload = JSON.stringify({ temp: 21.5, ok: true, qos })
      await run(mosquittoPub, [
        ...address(),
        '-V',
        version,
        '-i',
        device,
        '-q',
        String(qos),
        '-t',
        topic,
        '-m',
        payload,
      ])
      await assertLatest(hub, device, { ok: true, qos, temp: 21.5 }, qos)
    })

    test(`mosquitto_sub -V ${version} -q ${qos} gets what mosquitto_pub sends`, async (t) => {
      const mosquittoPub = requireTool(t, 'mosquitto_pub')
      const mosquittoSub = requireTool(t, 'mosquitto_sub')
      if (mosquittoPub === undefined || mosquittoSub === undefined) return
      const name = `room/${version}/${qos}`
      const args = [...address(), '-V', version, '-q', String(qos), '-t', name, '-C', '1', '-W', '10']
      const subscriber = run(mosquittoSub, args)
      let hasHeard = false
      const heard = subscriber.then(({ stdout }) => {
        hasHeard = true
        return stdout
      })
      // It does not say when it has subscribed, so it is called until it hears.
      while (!hasHeard && subscriber.child.exitCode === null) {
        await run(mosquittoPub, [
          ...address(),
          '-V',
          version,
          '-q',
          String(qos),
          '-t',
          name,
          '-m',
          'hello there',
        ])
      }
      assert.equal((await heard).trim(), 'hello there')
    })
  }

  test(`mosquitto_pub -V ${version} -l -q 2: each of 500 lines becomes one row`, async (t) => {
    const mosquittoPub = requireTool(t, 'mosquitto_pub')
    if (mosquittoPub === undefined) return
    const device = `${version}-lines`
    const numbers = Array.from({ length: 500 }, (_, n) => n)
    const args = [...address(), '-V', version, '-i', device, '-q', '2', '-t', topic, '-l']
    const publisher = spawn(mosquittoPub, args, { stdio: ['pipe', 'inherit', 'inherit'] })
    publisher.stdin.end(numbers.map((n) => `{"n":${n}}\n`).join(''))
    assert.deepEqual(await once(publisher, 'exit'), [0, null])
    assert.deepEqual(await seriesValues(hub, device, 'n'), numbers)
  })
}

test('a retained message waits for mosquitto_sub', async (t) => {
  const mosquittoPub = requireTool(t, 'mosquitto_pub')
  const mosquittoSub = requireTool(t, 'mosquitto_sub')
  if (mosquittoPub === undefined || mosquittoSub === undefined) return
  await run(mosquittoPub, [...address(), '-r', '-q', '1', '-t', 'room/sign', '-m', 'open'])
  const { stdout } = await run(mosquittoSub, [...address(), '-t', 'room/+', '-C', '1', '-W', '10'])
  assert.equal(stdout.trim(), 'open')
})

function address(): string[] {
  return ['-h', '127.0.0.1', '-p', String(hub.mqttPort)]
}
