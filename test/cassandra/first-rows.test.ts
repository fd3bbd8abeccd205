// "ignore" on a real cluster: conditional batches that meet rows which this hub does not know of, because another hub
// writes them before, at the same moment, or between two rounds.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { AckstoneError } from '../../src/errors.ts'
import { Cluster, type Statement } from '../../src/storage/cassandra/cluster.ts'
import type { CassandraStore } from '../../src/storage/cassandra/engine.ts'
import { FirstRows } from '../../src/storage/cassandra/first-rows.ts'
import type { ClusterOptions } from '../../src/storage/cassandra/options.ts'
import { integerBytes } from '../../src/storage/cassandra/values.ts'
import type { RunTally, SeriesRun } from '../../src/storage/store.ts'
import { batchOf, put, rowsOf, runOf, tallyOf, type Row } from '../contract/batches.ts'
import { rings } from '../tools.ts'
import { keyspaceFor } from './hubs.ts'
import { sharedCassandra, withCassandra } from './shared-server.ts'
import { folderFor, openStore, optionsFor } from './stores.ts'

const hourUs = 3_600_000_000
const startTs = 1_700_000_000_000_000 - (1_700_000_000_000_000 % hourUs)
/** More than one request takes. */
const manyRows = 250
const attemptsMax = 20
const races = { quick: 3, ci: 10, all: 40 }[rings()]

interface Place {
  options: ClusterOptions
  hubs: [CassandraStore, CassandraStore]
}

async function twoHubs(t: TestContext): Promise<Place> {
  const contact = await sharedCassandra()
  const options = optionsFor(contact, keyspaceFor(t))
  const open = (): Promise<CassandraStore> => openStore(t, options, folderFor(t))
  return { options, hubs: [await open(), await open()] }
}

function rowsWith(value: number, from: number, to: number, step = 1): Row[] {
  const rows: Row[] = []
  for (let i = from; i < to; i += step) rows.push([startTs + i * 1000, value])
  return rows
}

/** Commits as ingest does: an unknown outcome is tried again, with the same ticket. */
async function commitRun(hub: CassandraStore, run: SeriesRun): Promise<RunTally> {
  const batch = batchOf({ runs: [run] })
  for (let attempt = 1; ; attempt++) {
    try {
      const { tallies } = await hub.commit(batch)
      return (await tallies)[0]!
    } catch (error) {
      const isUnknown = error instanceof AckstoneError && error.isRetryable
      if (!isUnknown || attempt === attemptsMax) throw error
    }
  }
}

withCassandra(() => {
  test('I2: rows that another hub has put between those of a batch stay, and each is counted', async (t) => {
    const [one, other] = (await twoHubs(t)).hubs
    // From here on the other takes what is newer for new, and does not ask.
    await put(other, 'd', 'k', rowsWith(0, 0, 1), 'ignore')
    const firsts = rowsWith(1, 1, manyRows, 3)
    await put(one, 'd', 'k', firsts, 'ignore')
    await put(one, 'd', 'k', rowsWith(2, 2, 3), 'ignore')
    const tally = await commitRun(other, runOf('d', 'k', rowsWith(2, 1, manyRows), 'ignore'))
    const counted = { fresh: manyRows - 1 - firsts.length - 1, sameValue: 1, ignored: firsts.length }
    assert.deepEqual(tally, tallyOf(counted))
    const wanted = new Map([...rowsWith(2, 1, manyRows), ...firsts, ...rowsWith(0, 0, 1)])
    assert.deepEqual(new Map(await rowsOf(one, 'd', 'k')), wanted)
  })

  test('I2: of two hubs that write the same rows at the same moment each row has one first, and both know it', async (t) => {
    const { hubs } = await twoHubs(t)
    for (let race = 0; race < races; race++) {
      const device = `d${race}`
      for (const hub of hubs) await put(hub, device, 'k', [[startTs - 1, 0]], 'ignore')
      // Over the end of a bucket, so that partitions are raced for side by side.
      const at = (i: number): number => startTs + hourUs + (i - manyRows / 2) * 1000
      const tallies = await Promise.all(
        hubs.map(async (hub, value) => {
          const rows = Array.from({ length: manyRows }, (_, i): Row => [at(i), value])
          const run = runOf(device, 'k', value === 0 ? rows : rows.toReversed(), 'ignore')
          return commitRun(hub, run)
        }),
      )
      const stored = (await rowsOf(hubs[0], device, 'k')).slice(1)
      assert.deepEqual(await rowsOf(hubs[1], device, 'k', startTs), stored)
      assert.equal(stored.length, manyRows)
      for (const [value, { fresh, sameValue, ignored }] of tallies.entries()) {
        const own = stored.filter(([, one]) => one === value).length
        // After an answer that was lost a hub meets its own rows.
        assert.deepEqual([fresh + sameValue, ignored], [own, manyRows - own])
      }
      const again = runOf(
        device,
        'k',
        stored.map(([ts]): Row => [ts, 2]),
        'ignore',
      )
      assert.equal((await commitRun(hubs[0], again)).ignored, manyRows)
      assert.deepEqual((await rowsOf(hubs[0], device, 'k')).slice(1), stored, 'the first write stays')
    }
  })

  test('I2: a hub that is always a moment behind ends all the same, and an answer that is lost loses no row', async (t) => {
    const { options, hubs } = await twoHubs(t)
    await put(hubs[0], 'd', 'k', [[startTs - 1, 0]])
    const cluster = await Cluster.connect(options, options.keyspace)
    t.after(() => cluster.close())
    const key = [Buffer.from('d'), Buffer.from('k'), integerBytes(startTs)]
    const tally = tallyOf({ fresh: 40 })
    const rows = new FirstRows(key)
    for (const [ts, value] of rowsWith(1, 0, 40)) rows.add({ ts, value, tally, isLate: false })
    let taken = 0
    let isLost = false
    const writeIfAbsent = async <T>(conditions: readonly Statement[]): Promise<T[]> => {
      // Somebody else is faster with one row of each request, ten times.
      if (taken < 10) {
        const { query, params } = conditions.at(-1)!
        const value = Buffer.alloc(8)
        value.writeDoubleBE(9)
        assert.deepEqual(
          await cluster.writeIfAbsent([{ query, params: [...params.slice(0, -1), value] }]),
          [],
        )
        taken++
      }
      const found = await cluster.writeIfAbsent<T>(conditions)
      // The last row goes alone, is taken, and nobody hears of it.
      if (taken === 10 && found.length === 0 && !isLost) {
        isLost = true
        throw new Error('the answer is lost')
      }
      return found
    }
    await assert.rejects(rows.write({ writeIfAbsent }), /the answer is lost/)
    await rows.write({ writeIfAbsent })
    assert.deepEqual(tally, tallyOf({ fresh: 29, sameValue: 1, ignored: 10 }))
    const stored = await cluster.rows<{ num: number }>(
      `SELECT num FROM readings WHERE device = 'd' AND key = 'k' AND bucket = ${startTs}`,
    )
    const values = stored.map(({ num }) => num)
    assert.deepEqual([values.length, values.filter((one) => one === 9).length], [40, 10])
  })
})
