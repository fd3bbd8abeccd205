// How far a move has come: one small record in the target, committed together with what it speaks of. Rows
// are moved in one order, so a place in that order says everything, and a kill loses at most one batch.
import { AckstoneError } from '../../errors.ts'
import type { Store } from '../store.ts'
import type { Difference } from './difference.ts'

/** In the space `hub` of the target. */
export const moveKey = 'move'

export type Stage = 'readings' | 'rejected' | 'state' | 'verify' | 'done'

export interface MoveCounts {
  devices: number
  readings: number
  rejected: number
  /** Sessions, queued and retained messages, packet identifiers, and what is set up. */
  state: number
}

export interface Mark {
  /** Which store is moved: engine and place. */
  source: string
  stage: Stage
  /** readings, verify: the device under way; those before it in byte order are done. Empty: none yet. */
  device: string
  /** readings: the key under way, undefined when the device is done, and the first moment not yet moved. */
  key: string | undefined
  ts: number
  /** rejected: the last id that was moved; empty: none yet. */
  rejectedId: string
  /** state: the last entry that was moved; empty: none yet. */
  space: string
  stateKey: string
  counts: MoveCounts
  /** verify: what was found so far. */
  devicesVerified: number
  seriesVerified: number
  readingsVerified: number
  differences: Difference[]
  differencesCount: number
}

export function firstMark(source: string): Mark {
  return {
    source,
    stage: 'readings',
    device: '',
    key: undefined,
    ts: 0,
    rejectedId: '',
    space: '',
    stateKey: '',
    counts: { devices: 0, readings: 0, rejected: 0, state: 0 },
    devicesVerified: 0,
    seriesVerified: 0,
    readingsVerified: 0,
    differences: [],
    differencesCount: 0,
  }
}

export function encodeMark(mark: Mark): Buffer {
  return Buffer.from(JSON.stringify(mark))
}

export async function readMark(store: Store): Promise<Mark | undefined> {
  const bytes = await store.stateGet('hub', moveKey)
  if (bytes === undefined) return undefined
  const mark = JSON.parse(Buffer.from(bytes).toString()) as Mark
  return { ...mark, key: mark.key }
}

/** A hub must not work on a store into which another is being moved.
 *  @throws MOVE_UNFINISHED */
export async function refuseUnfinishedMove(store: Store, folder: string): Promise<void> {
  const mark = await readMark(store)
  if (mark === undefined || mark.stage === 'done') return
  throw new AckstoneError('MOVE_UNFINISHED', { folder, source: mark.source })
}
