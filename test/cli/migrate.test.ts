// `ackstone migrate` as a process of its own: killed and started again, refused while a hub runs, and telling
// what differs. The stores are real ones on disk.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { batchOf, rowsOf, runOf, type Row } from '../contract/batches.ts'
import { HubProcess } from '../hub.ts'
import { runCommand } from '../terminal.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from '../../src/lib/log.ts'
import { LevelStore } from '../../src/storage/leveldb/engine.ts'

const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts')
const devices = Array.from({ length: 30 }, (_, at) => `device-${at}`)
const rowsPerSeries = 5_000

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-migrate-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const open = (folder: string): Promise<LevelStore> =>
  LevelStore.open({ folder, clock: systemClock, log: silentLog })

function args(from: string, to: string): string[] {
  return [
    main,
    ...`migrate --from leveldb --to leveldb --from-data-dir ${from} --to-data-dir ${to}`.split(' '),
  ]
}

interface Result {
  status: number | null
  stdout: string
  stderr: string
}

function migrate(from: string, to: string, ...more: string[]): Result {
  return spawnSync(process.execPath, [...args(from, to), ...more], { encoding: 'utf8', cwd: from })
}

function rowsFor(device: number): Row[] {
  return Array.from({ length: rowsPerSeries }, (_, at) => [
    1_700_000_000_000_000 + at * 1_000_003,
    at / 7 + device,
  ])
}

test('killed at any moment and started again, a move loses nothing and says so', async (t) => {
  const [from, to] = [folderFor(t), folderFor(t)]
  const source = await open(from)
  for (const [at, device] of devices.entries()) {
    await source.commit(
      batchOf({ runs: [runOf(device, 'a', rowsFor(at)), runOf(device, 'b', rowsFor(-at))] }),
    )
  }
  await source.close()
  let kills = 0
  for (let delayMs = 300; ; delayMs *= 1.6) {
    const moving = spawn(process.execPath, [...args(from, to), '--json'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    // The first line of progress comes when a second has passed; some are killed before, some after.
    const timer = setTimeout(() => moving.kill('SIGKILL'), delayMs)
    const [code, signal] = (await once(moving, 'close')) as [number | null, string | null]
    clearTimeout(timer)
    if (signal === null) {
      assert.equal(code, 0)
      break
    }
    kills++
  }
  assert.ok(kills > 0, 'it was killed at least once')
  const again = migrate(from, to, '--json')
  assert.equal(again.status, 0, again.stderr)
  const report = JSON.parse(again.stdout) as Record<string, unknown>
  const readings = devices.length * 2 * rowsPerSeries
  assert.deepEqual(
    [
      report['wasDone'],
      report['isVerified'],
      report['readings'],
      report['readingsVerified'],
      report['seriesVerified'],
    ],
    [true, true, readings, readings, devices.length * 2],
  )
  const target = await open(to)
  t.after(() => target.close())
  for (const [at, device] of devices.entries()) {
    assert.deepEqual(await rowsOf(target, device, 'a'), rowsFor(at))
    assert.deepEqual(await rowsOf(target, device, 'b'), rowsFor(-at))
  }
})

test('a source whose hub runs is refused with a sentence; stopped, it moves, and a hub goes on there', async (t) => {
  const [from, to] = [folderFor(t), folderFor(t)]
  const hub = await HubProcess.start({ folder: from })
  const payload = '{"ts":1764000000000.001,"values":{"temp":21.5,"big":9223372036854775807}}'
  await runCommand(['pub', '-p', String(hub.mqttPort), '-t', 'ack/d1', '-m', payload, '-q', '1'])
  const refused = migrate(from, to)
  assert.equal(refused.status, 1)
  assert.match(refused.stderr, /A hub is running on the data folder .*\nStop that hub/)
  await hub.stop()
  const moved = migrate(from, to)
  assert.equal(moved.status, 0, moved.stderr)
  assert.match(moved.stderr, /^\{"progress":\{"unit":"readings"/m)
  assert.match(moved.stderr, /2 readings of 1 devices/)
  assert.match(moved.stderr, /Verified: 2 series with 2 readings have the same count and checksum/)
  const there = await HubProcess.start({ folder: to })
  t.after(() => there.stop())
  const latest = await there.get<{ temp: object }>('/devices/d1/latest')
  assert.deepEqual(latest.temp, { ts: 1764000000000.001, value: 21.5 })
})

test('a folder without a store, the same folder twice, and two clusters are refused', (t) => {
  const [from, to] = [folderFor(t), folderFor(t)]
  const empty = migrate(from, to)
  assert.equal(empty.status, 1)
  assert.match(empty.stderr, /There is no store of leveldb in the data folder/)
  assert.match(migrate(from, from).stderr, /Source and target are the same store/)
})
