import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { storeContract } from '../../../test/contract/store.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLog } from '../../lib/log.ts'
import type { Store } from '../store.ts'
import { LevelStore } from './engine.ts'
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
