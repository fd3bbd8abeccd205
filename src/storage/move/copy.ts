// Takes everything out of one store and into another, in one order, from where the mark says on. What is moved
// twice after a kill lands on the same rows.
import { tsMax, tsMin } from '../../model/reading.ts'
import type { DeviceRecord, Store } from '../store.ts'
import type { Batches } from './batches.ts'
import { moveKey, type Mark } from './mark.ts'
import { compareUtf8, devicesFrom, spaces } from './order.ts'

const rejectedPerPage = 100

export interface Copying {
  source: Store
  mark: Mark
  batches: Batches
  /** Whether to stop; what was sent stays. */
  isStopped: () => boolean
  /** Told how far the device under way is, 0 to 1. */
  onDevice: (share: number) => void
}

/** Resolves when everything is stored in the target and the mark says so, or when it was told to stop. */
export async function copyAll(copying: Copying): Promise<void> {
  const { mark, batches, isStopped } = copying
  if (mark.stage === 'readings') {
    await copyReadings(copying)
    if (isStopped()) return
    mark.stage = 'rejected'
  }
  if (mark.stage === 'rejected') {
    await copyRejected(copying)
    if (isStopped()) return
    mark.stage = 'state'
  }
  if (mark.stage === 'state') {
    await copyState(copying)
    if (isStopped()) return
    mark.stage = 'verify'
    mark.device = ''
    mark.key = undefined
  }
  await batches.settle()
}

async function copyReadings(copying: Copying): Promise<void> {
  const { source, mark, batches, isStopped } = copying
  const { device: resumed, key } = mark
  for await (const record of devicesFrom(source, resumed)) {
    if (record.id === resumed && key === undefined) continue
    await copyDevice(copying, record)
    if (isStopped()) return
    // With its last reading comes the record, which no batch changes after it.
    batches.device(record)
    mark.device = record.id
    mark.key = undefined
    mark.counts.devices++
    copying.onDevice(0)
    if (batches.isFull) await batches.send()
  }
}

async function copyDevice(copying: Copying, { id }: DeviceRecord): Promise<void> {
  const { source, mark, batches, isStopped } = copying
  const resumedKey = mark.device === id ? mark.key : undefined
  const resumedTs = mark.ts
  const keys = await source.keys(id)
  for (const [at, key] of keys.entries()) {
    if (resumedKey !== undefined && compareUtf8(key, resumedKey) < 0) continue
    const startTs = key === resumedKey ? resumedTs : tsMin
    mark.device = id
    mark.key = key
    mark.ts = startTs
    for await (const chunk of source.query({ device: id, key, startTs, endTs: tsMax, order: 'asc' })) {
      batches.chunk(id, key, chunk)
      mark.counts.readings += chunk.count
      mark.ts = chunk.ts[chunk.count - 1]! + 1
      if (batches.isFull) await batches.send()
      if (isStopped()) return
    }
    // The next key begins at its beginning.
    mark.ts = tsMax
    copying.onDevice((at + 1) / keys.length)
  }
}

async function copyRejected({ source, mark, batches, isStopped }: Copying): Promise<void> {
  for (;;) {
    const page = await source.rejected(mark.rejectedId, undefined, rejectedPerPage)
    for (const message of page) batches.rejected(message)
    mark.counts.rejected += page.length
    mark.rejectedId = page.at(-1)?.id ?? mark.rejectedId
    if (batches.isFull) await batches.send()
    if (page.length < rejectedPerPage || isStopped()) return
  }
}

async function copyState({ source, mark, batches, isStopped }: Copying): Promise<void> {
  const resumedAt = spaces.findIndex((space) => space === mark.space)
  const resumedKey = mark.stateKey
  for (const [at, space] of spaces.entries()) {
    if (at < resumedAt) continue
    for await (const { key, value } of source.stateScan(space, '')) {
      if (at === resumedAt && compareUtf8(key, resumedKey) <= 0) continue
      // Where the source itself was moved from is of no interest to the target.
      if (space === 'hub' && key === moveKey) continue
      batches.state({ type: 'put', space, key, value })
      mark.space = space
      mark.stateKey = key
      mark.counts.state++
      if (batches.isFull) await batches.send()
      if (isStopped()) return
    }
  }
}
