// Rebuilds a damaged store from what is whole: LevelDB gathers its tables and logs anew, then journal entries
// and blocks that don't match their checksums are left out and reported, and blocks get their summaries anew.
import { existsSync } from 'node:fs'
import { ClassicLevel } from 'classic-level'
import { AckstoneError } from '../../errors.ts'
import type { Log } from '../../lib/log.ts'
import { BytesEnded } from '../columns/bytes.ts'
import { checked } from './checksum.ts'
import type { Level } from './database.ts'
import { faultOf } from './faults.ts'
import { levelFolder } from './folder.ts'
import { readJournal } from './journal.ts'
import {
  formatKey,
  journalSeq,
  lastCommitKey,
  spaceBlock,
  spaceHead,
  spaceJournal,
  spaceName,
  spaceRange,
  spaceSummary,
  summaryKey,
} from './keys.ts'
import {
  decodeHead,
  decodeLastCommit,
  encodeFormat,
  encodeHead,
  encodeLastCommit,
  formatVersion,
  type LastCommit,
} from './records.ts'
import { readRows } from '../columns/rows.ts'
import { sealLimits } from './seal.ts'
import { encodeSummary } from './summaries.ts'

export interface RepairReport {
  /** Damaged blocks of sealed readings that were left out. */
  blocks: number
  /** Damaged journal entries that were left out. */
  journalEntries: number
}

/** @throws STORE_MISSING, STORE_LOCKED and whatever the disk says. */
export async function repairLevel({ folder, log }: { folder: string; log: Log }): Promise<RepairReport> {
  if (!existsSync(levelFolder(folder))) throw new AckstoneError('STORE_MISSING', { folder })
  await refuseWhenOpen(folder)
  try {
    await ClassicLevel.repair(levelFolder(folder))
    const level: Level = new ClassicLevel(levelFolder(folder), {
      keyEncoding: 'buffer',
      valueEncoding: 'buffer',
    })
    await level.open()
    try {
      return await leaveOutDamage(level, log)
    } finally {
      await level.close()
    }
  } catch (error) {
    throw faultOf(error, folder)
  }
}

/** LevelDB's own repair does not look at the lock. */
async function refuseWhenOpen(folder: string): Promise<void> {
  const level = new ClassicLevel(levelFolder(folder), { createIfMissing: false })
  try {
    await level.open()
    await level.close()
  } catch (error) {
    const fault = faultOf(error, folder)
    if (fault.code === 'STORE_LOCKED' || fault.code === 'STORE_READ_ONLY') throw fault
  }
}

async function leaveOutDamage(level: Level, log: Log): Promise<RepairReport> {
  const report: RepairReport = { blocks: 0, journalEntries: 0 }
  const stored = await level.get(lastCommitKey)
  const last: LastCommit = stored === undefined ? { nextSeq: 1, nextSeriesId: 1 } : decodeLastCommit(stored)
  // What LevelDB gathered may be older than the blocks beside it.
  await level.clear(spaceRange(spaceSummary))
  for await (const [key, value] of level.iterator(spaceRange(spaceBlock))) {
    if (await summarise(level, key, value)) continue
    report.blocks++
    log.warn('block left out', { key: key.toString('hex') })
    await level.del(key)
  }
  for await (const [key, value] of level.iterator(spaceRange(spaceHead)))
    await level.put(key, encodeHead({ ...decodeHead(value), summarisedFrom: -Infinity }))
  for await (const [key, value] of level.iterator(spaceRange(spaceJournal))) {
    last.nextSeq = Math.max(last.nextSeq, journalSeq(key) + 1)
    if (whole(() => readJournal(key, value)) !== undefined) continue
    report.journalEntries++
    log.warn('journal entry left out', { key: key.toString('hex') })
    await level.del(key)
  }
  for await (const id of level.values(spaceRange(spaceName))) {
    last.nextSeriesId = Math.max(last.nextSeriesId, id.readUInt32LE() + 1)
  }
  await level
    .batch()
    .put(formatKey, encodeFormat(formatVersion))
    .put(lastCommitKey, encodeLastCommit(last))
    .write({ sync: true })
  return report
}

/** Puts the summary of a block; false when the block is damaged. */
async function summarise(level: Level, key: Buffer, value: Buffer): Promise<boolean> {
  const rows = whole(() => readRows(checked(key, value)))
  if (rows === undefined) return false
  const beside = summaryKey(key)
  await level.put(beside, encodeSummary(beside, rows, 0, rows.count, sealLimits.summaryRowsMin))
  return true
}

/** What is read; undefined when it is damaged. */
function whole<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof BytesEnded) return undefined
    throw error
  }
}
