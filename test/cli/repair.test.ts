// `ackstone repair` on the folder of a real hub: refused while it runs, harmless when nothing is damaged.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { HubProcess } from '../hub.ts'
import { runCommand } from '../terminal.ts'

const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts')

function repair(folder: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, 'repair', '--data-dir', folder, '--yes', '--json'], {
    encoding: 'utf8',
    cwd: folder,
  })
}

test('a store in use is left alone, and one that is whole loses nothing by being repaired', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-repair-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const hub = await HubProcess.start({ folder })
  const payload = '{"ts":1764000000000,"values":{"temp":21.5}}'
  await runCommand(['pub', '-p', String(hub.mqttPort), '-t', 'ack/d1', '-m', payload, '-q', '1'])
  const locked = repair(folder)
  assert.equal(locked.status, 1)
  assert.match(locked.stderr, /in use by another process/)
  await hub.stop()

  const repaired = repair(folder)
  assert.equal(repaired.status, 0, repaired.stderr)
  assert.deepEqual(JSON.parse(repaired.stdout), { blocks: 0, journalEntries: 0 })
  const again = await HubProcess.start({ folder })
  t.after(() => again.stop())
  assert.deepEqual(await again.get('/devices/d1/latest'), { temp: { ts: 1764000000000, value: 21.5 } })
})

test('a folder without a store is named as such, and is not called damaged', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-repair-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const { status, stderr } = repair(folder)
  assert.deepEqual([status, JSON.parse(stderr).code, readdirSync(folder)], [1, 'STORE_MISSING', []])
})
