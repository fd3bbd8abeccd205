// Moves a store into another: copies, verifies, and remembers in the target how far it came, so that it can be
// ended at any moment and goes on when it is started again. It knows nothing of engines.
import { AckstoneError } from '../../errors.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Store } from '../store.ts'
import { Batches } from './batches.ts'
import { copyAll } from './copy.ts'
import type { Difference } from './difference.ts'
import { encodeMark, firstMark, moveKey, readMark, type Mark, type MoveCounts } from './mark.ts'
import { countDevices } from './order.ts'
import { verifyAll } from './verify.ts'

export interface MoveProgress {
  phase: 'copying' | 'verifying'
  /** Readings copied or verified, with those of earlier runs. */
  readings: number
  differences: number
  /** Of all that is to be done, 0 to 1, by devices. */
  share: number
}

export interface MoveReport extends MoveCounts {
  /** Whether there was nothing left to do: an earlier run has moved and verified everything. */
  wasDone: boolean
  /** Series that were read back from both sides and are the same, or differ. */
  seriesVerified: number
  readingsVerified: number
  /** What differs, the first thousand. */
  differences: Difference[]
  differencesCount: number
}

export interface MoveOptions {
  source: Store
  /** What the source is called: the move goes on only from the same one. */
  sourceName: string
  target: Store
  targetName: string
  clock: Clock
  signal: AbortSignal
  /** Called often; keep it cheap. */
  onProgress: (progress: MoveProgress) => void
  /** The target can't store at the moment and is tried again. */
  onWait: (fault: AckstoneError) => void
}

/** Resolves with undefined when the signal has ended it: started again, it goes on from there.
 *  @throws MOVE_OTHER_SOURCE, MOVE_TARGET_IN_USE, and what the stores throw. */
export async function moveStore(options: MoveOptions): Promise<MoveReport | undefined> {
  const { source, target, clock, signal } = options
  const mark = await markOf(options)
  if (mark.stage === 'done') return reportOf(mark, true)
  const batches = new Batches(target, clock, mark, options.onWait)
  const isStopped = (): boolean => signal.aborted
  const devices = await countDevices(source)
  try {
    const copied = watch(options, mark, devices, 'copying')
    await copyAll({ source, mark, batches, isStopped, onDevice: copied })
    if (isStopped()) return undefined
    const verified = watch(options, mark, devices, 'verifying')
    await verifyAll({ source, target, mark, batches, isStopped, onDevice: verified })
    if (isStopped()) return undefined
    const report = reportOf(mark, false)
    // What differs is copied anew next time; rows that are the same stay the same rows.
    if (report.differencesCount > 0) Object.assign(mark, firstMark(mark.source))
    else mark.stage = 'done'
    await batches.settle()
    return report
  } finally {
    await batches.idle()
  }
}

/** Where to begin. The mark of a new move is stored before anything else is: from then on the target is taken. */
async function markOf({ source, sourceName, target, targetName, clock }: MoveOptions): Promise<Mark> {
  const mark = await readMark(target)
  if (mark !== undefined) {
    if (mark.source === sourceName) return mark
    throw new AckstoneError('MOVE_OTHER_SOURCE', { target: targetName, source: mark.source })
  }
  const unfinished = await readMark(source)
  if (unfinished !== undefined && unfinished.stage !== 'done') {
    throw new AckstoneError('MOVE_UNFINISHED', { folder: sourceName, source: unfinished.source })
  }
  if (!(await isEmpty(target))) throw new AckstoneError('MOVE_TARGET_IN_USE', { target: targetName })
  const first = firstMark(sourceName)
  const value = encodeMark(first)
  await target.commit({
    ticket: 0,
    runs: [],
    rejected: [],
    resolvedRejected: [],
    state: [{ type: 'put', space: 'hub', key: moveKey, value }],
    closedTs: clock.nowUs(),
  })
  return first
}

async function isEmpty(store: Store): Promise<boolean> {
  const devices = await store.devices({ search: '', after: '', limit: 1 })
  const rejected = await store.rejected('', undefined, 1)
  if (devices.length + rejected.length > 0) return false
  for (const space of ['registry', 'session', 'retained', 'hub'] as const) {
    for await (const _ of store.stateScan(space, '')) return false
  }
  return true
}

/** Tells the progress; copying is the first half of the work, verifying the second. */
function watch(
  { onProgress }: MoveOptions,
  mark: Mark,
  devices: number,
  phase: MoveProgress['phase'],
): (deviceShare: number) => void {
  const isCopying = phase === 'copying'
  return (deviceShare) => {
    const done = (isCopying ? mark.counts.devices : mark.devicesVerified) + deviceShare
    const share = (isCopying ? 0 : 0.5) + Math.min(1, done / Math.max(devices, 1)) / 2
    const readings = isCopying ? mark.counts.readings : mark.readingsVerified
    onProgress({ phase, readings, differences: mark.differencesCount, share })
  }
}

function reportOf(mark: Mark, wasDone: boolean): MoveReport {
  const { counts, seriesVerified, readingsVerified, differences, differencesCount } = mark
  return { ...counts, wasDone, seriesVerified, readingsVerified, differences, differencesCount }
}
