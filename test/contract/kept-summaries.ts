// Looks into a closed LevelDB store: each block has its summary, each summary its block, and they say the same.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { decodeBlock } from '../../src/storage/leveldb/blocks.ts'
import {
  blockFirstTs,
  formatKey,
  headKey,
  seriesIdOf,
  spaceBlock,
  spaceHead,
  spaceRange,
  spaceSummary,
  summaryKey,
} from '../../src/storage/leveldb/keys.ts'
import { decodeHead, encodeFormat } from '../../src/storage/leveldb/records.ts'
import { encodeSummary } from '../../src/storage/leveldb/summaries.ts'

export type RawLevel = ClassicLevel<Buffer, Buffer>

/** The LevelDB of a closed store, for `work`. */
export async function withLevel<T>(folder: string, work: (level: RawLevel) => Promise<T>): Promise<T> {
  const options = { keyEncoding: 'buffer', valueEncoding: 'buffer' }
  const level: RawLevel = new ClassicLevel(join(folder, 'leveldb'), options)
  await level.open()
  try {
    return await work(level)
  } finally {
    await level.close()
  }
}

/** @returns how many blocks have a summary that stands for them. */
export async function assertSummariesKept(folder: string): Promise<number> {
  return withLevel(folder, async (level) => {
    let standing = 0
    const left = new Map<string, Buffer>()
    for await (const [key, value] of level.iterator(spaceRange(spaceSummary)))
      left.set(key.toString('hex'), value)
    for await (const [key, value] of level.iterator(spaceRange(spaceBlock))) {
      const head = await level.get(headKey(seriesIdOf(key)))
      const beside = summaryKey(key)
      const name = beside.toString('hex')
      const summary = left.get(name)
      left.delete(name)
      const isOld = head !== undefined && blockFirstTs(key) < decodeHead(head).summarisedFrom
      if (isOld && summary === undefined) continue
      assert.ok(summary !== undefined, `block ${key.toString('hex')} has no summary`)
      if (summary.length === 0) continue
      const rows = decodeBlock(key, value, folder)
      assert.deepEqual(summary, encodeSummary(beside, rows, 0, rows.count, 1), `summary ${name}`)
      standing++
    }
    assert.deepEqual([...left.keys()], [], 'summaries without a block')
    return standing
  })
}

/** Makes of a closed store what an Ackstone that knew no summaries would have left. */
export async function makeOld(folder: string): Promise<void> {
  await withLevel(folder, async (level) => {
    await level.clear(spaceRange(spaceSummary))
    for (const [key, head] of await level.iterator(spaceRange(spaceHead)).all())
      await level.put(key, head.subarray(0, 20))
    await level.put(formatKey, encodeFormat(1))
  })
}
