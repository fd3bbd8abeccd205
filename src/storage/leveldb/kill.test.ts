import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { rowsOf } from '../../../test/contract/batches.ts'
import { assertSummariesKept } from '../../../test/contract/kept-summaries.ts'
import { killedDevices, killedRows } from '../../../test/contract/killed-batch.ts'
import { rings } from '../../../test/tools.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLog } from '../../lib/log.ts'
import type { Value } from '../../model/reading.ts'
import { LevelStore } from './engine.ts'

const child = join(import.meta.dirname, '../../../test/contract/commit-forever.ts')
const rounds = { quick: 3, ci: 15, all: 60 }[rings()]

/** Starts the committing process, kills it after some tickets and returns the last one it printed. */
async function killAfter(folder: string, firstTicket: number, tickets: number): Promise<number> {
  const committing = spawn(process.execPath, [child, folder, String(firstTicket)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_TEST_CONTEXT: '' },
  })
  let printed = ''
  committing.stdout.setEncoding('utf8')
  committing.stdout.on('data', (text: string) => {
    printed += text
    if (printed.split('\n').length > tickets) committing.kill('SIGKILL')
  })
  await once(committing, 'close')
  return Number(printed.trimEnd().split('\n').at(-1))
}

test('what was acknowledged before kill -9 is there after it, seals and all, and each batch whole or not', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'ackstone-kill-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const expected = new Map(killedDevices.map((device) => [device, new Map<number, Value>()]))
  let applied = 0
  let next = 1
  for (let round = 0; round < rounds; round++) {
    const printed = await killAfter(folder, next, 20 + ((round * 37) % 90))
    const store = await LevelStore.open({ folder, clock: systemClock, log: silentLog })
    const stored = Number(Buffer.from((await store.stateGet('hub', 'ticket'))!).toString())
    assert.ok(stored >= printed, `ticket ${printed} was acknowledged, ${stored} is there`)
    for (; applied < stored; applied++) {
      for (const device of killedDevices) {
        for (const [ts, value] of killedRows(device, applied + 1)) expected.get(device)!.set(ts, value)
      }
    }
    for (const device of killedDevices) {
      const rows = [...expected.get(device)!].toSorted(([a], [b]) => a - b)
      assert.deepEqual(await rowsOf(store, device, 'k'), rows)
    }
    await store.close()
    await assertSummariesKept(folder)
    next = stored + 1
  }
})
