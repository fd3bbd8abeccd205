// What `migrate` says and ends with, for each thing that can come of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noParts, runCommand } from '../../test/terminal.ts'
import { AckstoneError } from '../errors.ts'
import type { MoveOutcome, Parts } from './command.ts'

const outcome: MoveOutcome = {
  devices: 2,
  readings: 10,
  rejected: 1,
  state: 3,
  wasDone: false,
  seriesVerified: 4,
  readingsVerified: 10,
  differences: [],
  differencesCount: 0,
}
const line = 'migrate --from leveldb --to cassandra'.split(' ')

function parts(move: Awaited<ReturnType<Parts['migrate']>>): Parts {
  return { ...noParts, migrate: () => Promise.resolve(move) }
}

test('0: a bar on a terminal, JSON lines otherwise, and the figures at the end', async () => {
  const moving = parts(async (from, to, { onProgress }) => {
    assert.deepEqual(
      [from.values.store, to.values.store, to.values.dataDir],
      ['leveldb', 'cassandra', 'there'],
    )
    onProgress({ phase: 'verifying', readings: 10, differences: 0, share: 1 })
    return outcome
  })
  const bar = await runCommand([...line, '--to-data-dir', 'there'], { parts: moving, isTty: true })
  assert.equal(bar.exitCode, 0)
  assert.match(bar.stderr, /\[#{24}\] 100 % {2}verifying: 10 readings, [\d,]+\/s/)
  const lines = await runCommand([...line, '--to-data-dir', 'there', '--json'], { parts: moving })
  assert.deepEqual(JSON.parse(lines.stdout), { ...outcome, isVerified: true })
  assert.match(lines.stderr, /^\{"progress":\{.*"share":1,"phase":"verifying"\}\}$/m)
})

test('6: what differs is named with counts and checksums', async () => {
  const source = { count: 5, checksum: 'aa' }
  const differences = [
    { device: 'd1', key: 'temp', what: 'series', source, target: { count: 4, checksum: 'bb' } },
  ]
  const differing = parts(async () => ({ ...outcome, differences, differencesCount: 1 }))
  const { exitCode, stderr } = await runCommand(line, { parts: differing })
  assert.equal(exitCode, 6)
  assert.match(stderr, /Different: series d1 temp: 5 \(aa\) in the source, 4 \(bb\) in the target\./)
})

test('1 when nothing was moved, 6 when it fails half-way, 2 for two clusters', async () => {
  const fault = new AckstoneError('MOVE_HUB_RUNS', { folder: 'data' })
  const refused = await runCommand(line, { parts: parts(() => Promise.reject(fault)) })
  assert.equal(refused.exitCode, 1)
  assert.match(refused.stderr, /A hub is running on the data folder data/)
  const half = parts(async (_from, _to, { onProgress }) => {
    onProgress({ phase: 'copying', readings: 7, differences: 0, share: 0.2 })
    throw new AckstoneError('STORE_FULL', { folder: 'data' })
  })
  const failed = await runCommand(line, { parts: half })
  assert.equal(failed.exitCode, 6)
  assert.match(failed.stderr, /is full.* 7 readings were copied before\.\nRun the same command again/)
  assert.equal((await runCommand('migrate --from cassandra --to cassandra'.split(' '))).exitCode, 2)
})
