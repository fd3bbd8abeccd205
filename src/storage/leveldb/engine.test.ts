import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { ClassicLevel } from 'classic-level'
import { batchOf, put, rowsOf, runOf, type Row } from '../../../test/contract/batches.ts'
import { storeContract } from '../../../test/contract/store.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLog } from '../../lib/log.ts'
import type { Store } from '../store.ts'
import { LevelStore } from './engine.ts'
import { spaceJournal, spaceRange } from './keys.ts'
import type { SealLimits } from './seal.ts'

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ackstone-store-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const folders = new WeakMap<Store, string>()

async function openIn(t: TestContext, folder: string, sealLimits: Partial<SealLimits>): Promise<Store> {
  const store = await LevelStore.open({ folder, clock: systemClock, log: silentLog, sealLimits })
  folders.set(store, folder)
  t.after(() => store.close())
  return store
}

function contractWith(name: string, limits: Partial<SealLimits>): void {
  storeContract({
    name,
    open: async (t) => openIn(t, await folderFor(t), limits),
    async reopen(t, store) {
      await store.close()
      return openIn(t, folders.get(store)!, limits)
    },
  })
}

contractWith('leveldb', {})
contractWith('leveldb, sealing whatever it can', { seriesRowsMax: 1 })

test('what was deleted stays deleted after a restart, though the journal still holds it', async (t) => {
  const folder = await folderFor(t)
  const store = await openIn(t, folder, {})
  const rows: Row[] = [
    [1, 1],
    [2, 2],
    [3, 3],
  ]
  await store.commit(batchOf({ runs: [runOf('gone', 'k', rows), runOf('here', 'k', rows)] }))
  assert.equal(await store.deleteSeries('gone', undefined, 2, 4), 2)
  await store.commit(batchOf({ runs: [runOf('gone', 'k', [[1, 1]])] }))
  assert.equal(await store.deleteSeries('gone', undefined, 1, 2), 1)
  await store.close()
  const again = await openIn(t, folder, {})
  assert.deepEqual(await rowsOf(again, 'gone', 'k'), [])
  assert.deepEqual(await rowsOf(again, 'here', 'k'), rows)
})

test('names that differ only in lone surrogates are one series, as they are in UTF-8', async (t) => {
  const store = await openIn(t, await folderFor(t), {})
  await store.commit(batchOf({ runs: [runOf('d\ud800', 'k', [[1, 1]]), runOf('d\udbff', 'k', [[2, 2]])] }))
  assert.deepEqual(await rowsOf(store, 'd\ufffd', 'k'), [
    [1, 1],
    [2, 2],
  ])
  assert.equal((await store.devices({ search: '', after: '', limit: 9 })).length, 1)
})

test('the journal does not grow while the same rows come again and again', async (t) => {
  const store = await openIn(t, await folderFor(t), { journalBytesMax: 1000, seriesRowsMax: 1 })
  const rows = Array.from({ length: 50 }, (_, i): Row => [i, Math.sin(i)])
  for (let round = 0; round < 30; round++) await put(store, 'd', 'k', rows)
  await store.latest('d')
  await store.close()
  const level = new ClassicLevel<Buffer, Buffer>(join(folders.get(store)!, 'leveldb'), {
    keyEncoding: 'buffer',
  })
  const entries = await level.keys(spaceRange(spaceJournal)).all()
  await level.close()
  assert.ok(entries.length < 5, `${entries.length} entries are left`)
})
