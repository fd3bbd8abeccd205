// Reads both stores back and compares them: each series, each device record, the rejected messages and the
// small state, by count and checksum.
import { tsMax, tsMin } from '../../model/reading.ts'
import type { DeviceRecord, StateSpace, Store } from '../store.ts'
import type { Batches } from './batches.ts'
import { Digester, isSameDigest, type Difference, type Digest } from './difference.ts'
import { moveKey, type Mark } from './mark.ts'
import { compareUtf8, countDevices, devicesFrom, spaces } from './order.ts'

const rejectedPerPage = 100
/** Differences that are named; all are counted. */
const namedMax = 1_000
/** Readings after which it is remembered how far the comparison has come. */
const rememberAfter = 2_000_000

export interface Verifying {
  source: Store
  target: Store
  mark: Mark
  batches: Batches
  isStopped: () => boolean
  onDevice: (share: number) => void
}

/** Resolves when everything is compared, or when it was told to stop; what differs is in the mark. */
export async function verifyAll(verifying: Verifying): Promise<void> {
  const { source, target, mark, batches, isStopped } = verifying
  let rememberedAt = mark.readingsVerified
  const resumed = mark.device
  for await (const record of devicesFrom(source, resumed)) {
    if (record.id === resumed) continue
    await verifyDevice(verifying, record)
    if (isStopped()) return
    mark.device = record.id
    mark.devicesVerified++
    verifying.onDevice(0)
    if (mark.readingsVerified - rememberedAt < rememberAfter) continue
    rememberedAt = mark.readingsVerified
    await batches.send()
  }
  const counted = [await countDevices(source), await countDevices(target)] as const
  const [ours, theirs] = counted.map((count) => ({ count, checksum: '' }))
  compare(mark, { device: '', key: '', what: 'devices' }, ours!, theirs!)
  const rejected = [await digestRejected(source), await digestRejected(target)] as const
  compare(mark, { device: '', key: '', what: 'rejected' }, ...rejected)
  for (const space of spaces) {
    const states = [await digestState(source, space), await digestState(target, space)] as const
    compare(mark, { device: '', key: '', what: space }, ...states)
  }
}

async function verifyDevice(verifying: Verifying, record: DeviceRecord): Promise<void> {
  const { source, target, mark, isStopped } = verifying
  const device = record.id
  const keys = [...new Set([...(await source.keys(device)), ...(await target.keys(device))])]
  for (const [at, key] of keys.toSorted(compareUtf8).entries()) {
    const [ours, theirs] = await Promise.all([
      digestSeries(source, device, key, isStopped),
      digestSeries(target, device, key, isStopped),
    ])
    if (isStopped()) return
    compare(mark, { device, key, what: 'series' }, ours, theirs)
    if (ours.count > 0) mark.seriesVerified++
    mark.readingsVerified += ours.count
    verifying.onDevice((at + 1) / keys.length)
  }
  compare(
    mark,
    { device, key: '', what: 'device' },
    digestDevice(record),
    digestDevice(await target.device(device)),
  )
}

type Subject = Pick<Difference, 'device' | 'key' | 'what'>

function compare(mark: Mark, subject: Subject, source: Digest, target: Digest): void {
  if (isSameDigest(source, target)) return
  mark.differencesCount++
  if (mark.differences.length < namedMax) mark.differences.push({ ...subject, source, target })
}

async function digestSeries(
  store: Store,
  device: string,
  key: string,
  isStopped: () => boolean,
): Promise<Digest> {
  const digester = new Digester()
  for await (const chunk of store.query({ device, key, startTs: tsMin, endTs: tsMax, order: 'asc' })) {
    digester.chunk(chunk)
    if (isStopped()) break
  }
  return digester.digest()
}

function digestDevice(record: DeviceRecord | undefined): Digest {
  const digester = new Digester()
  if (record !== undefined) digester.entry(record.createdTs, record.lastSeenTs)
  return digester.digest()
}

async function digestRejected(store: Store): Promise<Digest> {
  const digester = new Digester()
  let before = ''
  for (;;) {
    const page = await store.rejected(before, undefined, rejectedPerPage)
    for (const { payload, ...fields } of page) {
      const names = Object.keys(fields).toSorted() as (keyof typeof fields)[]
      digester.entry(payload, ...names.flatMap((name) => [name, fields[name]]))
    }
    if (page.length < rejectedPerPage) return digester.digest()
    before = page.at(-1)!.id
  }
}

async function digestState(store: Store, space: StateSpace): Promise<Digest> {
  const digester = new Digester()
  for await (const { key, value } of store.stateScan(space, '')) {
    if (space !== 'hub' || key !== moveKey) digester.entry(key, value)
  }
  return digester.digest()
}
