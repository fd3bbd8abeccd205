// The suite that every engine passes. An engine's own test file calls it with a way to open that engine.
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { AckstoneError } from '../../src/errors.ts'
import { JsonText, tsMax, tsMin, type Value } from '../../src/model/reading.ts'
import type { RejectedMessage, Store } from '../../src/storage/store.ts'
import { measuring } from './measured.ts'
import { batchOf, put, rowsOf, runOf, tallyOf, type Row } from './batches.ts'
import { reductions } from './reduced.ts'

export interface EngineUnderTest {
  name: string
  /** An empty store, closed when the test is over. */
  open(t: TestContext): Promise<Store>
  /** The same store as a new process would find it; undefined for engines that forget. */
  reopen?: (t: TestContext, store: Store) => Promise<Store>
  /** Each page of a query is a moment of its own: what is committed meanwhile may appear in later ones. */
  readsByPage?: boolean
}

function rejectedOf(id: string, parts: Partial<RejectedMessage> = {}): RejectedMessage {
  return {
    id,
    integration: 'plant',
    device: 'd1',
    clientId: 'c1',
    topic: 'plant/d1',
    payload: Buffer.from([0, 255, 10]),
    qos: 1,
    receivedTs: 5_000_000,
    decidedTs: 5_000_001,
    code: 'not_json',
    reason: 'The payload is no JSON.',
    ...parts,
  }
}

export function storeContract(engine: EngineUnderTest): void {
  describe(`store contract: ${engine.name}`, () => {
    readings(engine)
    reductions(engine)
    duplicates(engine)
    devices(engine)
    deletions(engine)
    messages(engine)
    measuring(engine)
    lifetime(engine)
  })
}

function readings({ open, readsByPage }: EngineUnderTest): void {
  test('what is committed is read back, in order, in both directions', async (t) => {
    const store = await open(t)
    const rows: Row[] = [
      [3000, 1.5],
      [1000, -2],
      [2000, 7],
    ]
    await put(store, 'd', 'temp', rows)
    const sorted = rows.toSorted(([a], [b]) => a - b)
    assert.deepEqual(await rowsOf(store, 'd', 'temp'), sorted)
    assert.deepEqual(await rowsOf(store, 'd', 'temp', tsMin, tsMax, 'desc'), sorted.toReversed())
  })

  test('a range starts with its first microsecond and ends before its last', async (t) => {
    const store = await open(t)
    await put(store, 'd', 'temp', [
      [9, 0],
      [10, 1],
      [19, 2],
      [20, 3],
    ])
    const inside = [
      [10, 1],
      [19, 2],
    ]
    assert.deepEqual(await rowsOf(store, 'd', 'temp', 10, 20), inside)
    assert.deepEqual(await rowsOf(store, 'd', 'temp', 10, 20, 'desc'), inside.toReversed())
    assert.deepEqual(await rowsOf(store, 'd', 'temp', 20, 10), [])
    assert.deepEqual(await rowsOf(store, 'd', 'temp', 11, 19), [])
  })

  test('every type of value comes back as it was, extreme ones too', async (t) => {
    const store = await open(t)
    const doubles = [0, -0, 0.1, 1e300, 5e-324, -1.7976931348623157e308, 2 ** 53, 21.5, -40.25, 1 / 3]
    const integers = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n]
    const texts = ['', 'öffen', '🌡', '\0', 'x'.repeat(65_536)]
    const json = [new JsonText('{"a": [1,  null]}'), new JsonText('null')]
    const values: Value[] = [...doubles, ...integers, true, false, ...texts, ...json]
    const rows = values.map((value, i): Row => [i * 1000, value])
    await put(store, 'd', 'mixed', rows)
    for (const [i, row] of rows.entries()) await put(store, 'd', `only ${i}`, [row])
    assert.deepEqual(await rowsOf(store, 'd', 'mixed'), rows)
    for (const [i, row] of rows.entries()) assert.deepEqual(await rowsOf(store, 'd', `only ${i}`), [row])
  })

  test('times go from 1684 to 2255, before 1970 too, microsecond by microsecond', async (t) => {
    const store = await open(t)
    const rows: Row[] = [tsMin, tsMin + 1, -1, 0, 1, 1_764_000_000_000_001, tsMax - 1].map((ts, i) => [ts, i])
    await put(store, 'd', 'k', rows)
    assert.deepEqual(await rowsOf(store, 'd', 'k'), rows)
    assert.deepEqual(await rowsOf(store, 'd', 'k', -1, 1), rows.slice(2, 4))
  })

  test('a chunk of doubles is a Float64Array', async (t) => {
    const store = await open(t)
    await put(store, 'd', 'k', [[1, 0.5]])
    await put(store, 'd', 'k', [[2, 7]])
    for await (const chunk of store.query({ device: 'd', key: 'k', startTs: 0, endTs: 9, order: 'asc' })) {
      assert.ok(chunk.values instanceof Float64Array)
    }
  })

  test('a query sees one moment: what is committed while it runs does not appear', async (t) => {
    const store = await open(t)
    const rows = Array.from({ length: 10_000 }, (_, i): Row => [i, i])
    await put(store, 'd', 'k', rows)
    let count = 0
    for await (const chunk of store.query({ device: 'd', key: 'k', startTs: 0, endTs: 1e9, order: 'asc' })) {
      if (count === 0) await put(store, 'd', 'k', [[50_000, 1]])
      count += chunk.count
    }
    if (readsByPage === true) assert.ok(count >= rows.length, 'nothing that was there is left out')
    else assert.equal(count, rows.length)
    assert.equal((await rowsOf(store, 'd', 'k')).length, rows.length + 1)
  })

  test('series that share a beginning or a device stay apart', async (t) => {
    const store = await open(t)
    const names = [
      ['d', 'k'],
      ['d', 'kk'],
      ['dk', 'k'],
      ['d', 'k\0'],
      ['d\0', 'k'],
      ['ä', 'k'],
      ['', 'dk'],
    ] as const
    for (const [i, [device, key]] of names.entries()) await put(store, device, key, [[i, i]])
    for (const [i, [device, key]] of names.entries())
      assert.deepEqual(await rowsOf(store, device, key), [[i, i]])
    assert.deepEqual(await store.keys('d'), ['k', 'k\0', 'kk'])
    assert.deepEqual(await rowsOf(store, 'x', 'k'), [])
  })
}

function duplicates({ open }: EngineUnderTest): void {
  test('I2: the same row again is an overwrite, and the last value stays', async (t) => {
    const store = await open(t)
    assert.deepEqual(await put(store, 'd', 'k', [[10, 1]]), tallyOf({ fresh: 1 }))
    assert.deepEqual(await put(store, 'd', 'k', [[10, 1]]), tallyOf({ sameValue: 1 }))
    assert.deepEqual(await put(store, 'd', 'k', [[10, 2]]), tallyOf({ overwritten: 1 }))
    assert.deepEqual(await rowsOf(store, 'd', 'k'), [[10, 2]])
  })

  test('I2: with "ignore" the first value stays', async (t) => {
    const store = await open(t)
    assert.deepEqual(await put(store, 'd', 'k', [[10, 1]], 'ignore'), tallyOf({ fresh: 1 }))
    assert.deepEqual(await put(store, 'd', 'k', [[10, 1]], 'ignore'), tallyOf({ sameValue: 1 }))
    assert.deepEqual(await put(store, 'd', 'k', [[10, 2]], 'ignore'), tallyOf({ ignored: 1 }))
    assert.deepEqual(await rowsOf(store, 'd', 'k'), [[10, 1]])
    assert.deepEqual(await put(store, 'd', 'k', [[10, 3]]), tallyOf({ overwritten: 1 }))
    assert.deepEqual(await rowsOf(store, 'd', 'k'), [[10, 3]])
  })

  test('I2: a write with another type leaves one value', async (t) => {
    const store = await open(t)
    for (const value of [1, '1', true, 1n, new JsonText('1'), 0, -0]) {
      await put(store, 'd', 'k', [[10, value]])
      assert.deepEqual(await rowsOf(store, 'd', 'k'), [[10, value]])
      assert.deepEqual(await put(store, 'd', 'k', [[10, value]]), tallyOf({ sameValue: 1 }))
    }
  })

  test('I2: repeats within one run and between runs of one batch are met in their order', async (t) => {
    const store = await open(t)
    const first = runOf('d', 'k', [
      [10, 1],
      [10, 1],
      [10, 2],
    ])
    const second = runOf(
      'd',
      'k',
      [
        [10, 3],
        [20, 4],
        [20, 5],
      ],
      'ignore',
    )
    const { tallies } = await store.commit(batchOf({ runs: [first, second] }))
    assert.deepEqual(await tallies, [
      tallyOf({ fresh: 1, sameValue: 1, overwritten: 1 }),
      tallyOf({ fresh: 1, ignored: 2 }),
    ])
    assert.deepEqual(await rowsOf(store, 'd', 'k'), [
      [10, 2],
      [20, 4],
    ])
  })

  test('I9: latest is by event time; late data is stored, counted, and never moves it', async (t) => {
    const store = await open(t)
    assert.deepEqual(await store.latest('d'), [])
    await put(store, 'd', 'b', [[100, 'new']])
    assert.deepEqual(await put(store, 'd', 'b', [[50, 'old']]), tallyOf({ fresh: 1, late: 1 }))
    await put(store, 'd', 'a', [[7, 1]])
    assert.deepEqual(await store.latest('d'), [
      { key: 'a', ts: 7, value: 1 },
      { key: 'b', ts: 100, value: 'new' },
    ])
    await put(store, 'd', 'b', [[100, 'newer']])
    assert.deepEqual((await store.latest('d'))[1], { key: 'b', ts: 100, value: 'newer' })
  })

  test('a batch whose commit has resolved is committed again without effect', async (t) => {
    const store = await open(t)
    const batch = batchOf({ runs: [runOf('d', 'k', [[1, 1]])] })
    const first = await store.commit(batch)
    const second = await store.commit(batch)
    assert.deepEqual(await first.tallies, [tallyOf({ fresh: 1 })])
    assert.deepEqual(await second.tallies, [tallyOf({ fresh: 1 })])
    assert.deepEqual(await rowsOf(store, 'd', 'k'), [[1, 1]])
  })
}

function devices({ open }: EngineUnderTest): void {
  test('a device is known from its first reading on, and when it was last seen', async (t) => {
    const store = await open(t)
    assert.equal(await store.device('d'), undefined)
    await store.commit(batchOf({ runs: [runOf('d', 'k', [[1, 1]])], closedTs: 1_000_000 }))
    assert.deepEqual(await store.device('d'), { id: 'd', createdTs: 1_000_000, lastSeenTs: 1_000_000 })
    await store.commit(batchOf({ runs: [runOf('d', 'k', [[2, 1]])], closedTs: 2_000_000 }))
    assert.deepEqual(await store.device('d'), { id: 'd', createdTs: 1_000_000, lastSeenTs: 2_000_000 })
  })

  test('devices are listed in byte order, page by page, and found by a part of their name', async (t) => {
    const store = await open(t)
    const ids = ['b', 'a', 'pump-2', 'pump-1', 'Pump', 'ü', 'pump-10']
    await store.commit(batchOf({ runs: ids.map((id) => runOf(id, 'k', [[1, 1]])), closedTs: 7 }))
    const list = async (search: string, after: string, limit: number): Promise<string[]> =>
      (await store.devices({ search, after, limit })).map(({ id }) => id)
    assert.deepEqual(await list('', '', 3), ['Pump', 'a', 'b'])
    assert.deepEqual(await list('', 'b', 3), ['pump-1', 'pump-10', 'pump-2'])
    assert.deepEqual(await list('', 'pump-2', 3), ['ü'])
    assert.deepEqual(await list('ump', '', 9), ['Pump', 'pump-1', 'pump-10', 'pump-2'])
    assert.deepEqual(await list('ump', 'pump-1', 1), ['pump-10'])
    assert.deepEqual(await list('x', '', 9), [])
  })
}

function deletions({ open }: EngineUnderTest): void {
  test('a range is deleted from the keys that are named, or from all', async (t) => {
    const store = await open(t)
    for (const key of ['a', 'b', 'c']) {
      await put(
        store,
        'd',
        key,
        Array.from({ length: 10 }, (_, i): Row => [i * 10, i]),
      )
    }
    assert.equal(await store.deleteSeries('d', ['a', 'x'], 20, 50), 3)
    assert.deepEqual(
      (await rowsOf(store, 'd', 'a')).map(([ts]) => ts),
      [0, 10, 50, 60, 70, 80, 90],
    )
    assert.equal((await rowsOf(store, 'd', 'b')).length, 10)
    assert.equal(await store.deleteSeries('d', undefined, 40, tsMax), 5 + 6 + 6)
    assert.equal((await store.latest('d'))[1]!.ts, 30)
    assert.equal(await store.deleteSeries('d', undefined, tsMin, tsMax), 2 + 4 + 4)
    assert.deepEqual(await store.latest('d'), [])
    assert.deepEqual(await store.keys('d'), ['a', 'b', 'c'])
    assert.equal(await store.deleteSeries('d', undefined, tsMin, tsMax), 0)
    assert.equal(await store.deleteSeries('nobody', undefined, tsMin, tsMax), 0)
  })

  test('what was deleted is fresh when it comes again, and late only by what is there', async (t) => {
    const store = await open(t)
    await put(store, 'd', 'k', [
      [10, 1],
      [20, 2],
      [30, 3],
    ])
    assert.equal(await store.deleteSeries('d', ['k'], 20, 31), 2)
    assert.deepEqual(await put(store, 'd', 'k', [[20, 2]]), tallyOf({ fresh: 1 }))
    assert.deepEqual(await put(store, 'd', 'k', [[5, 2]]), tallyOf({ fresh: 1, late: 1 }))
  })
}

function messages({ open }: EngineUnderTest): void {
  test('I6: rejected messages are kept as they came, listed newest first, and leave when resolved', async (t) => {
    const store = await open(t)
    const some = ['01', '02', '03', '04'].map((id, i) =>
      rejectedOf(id, { integration: i % 2 === 0 ? 'even' : 'odd' }),
    )
    await store.commit(batchOf({ rejected: some }))
    const ids = async (before: string, integration: string | undefined, limit: number): Promise<string[]> =>
      (await store.rejected(before, integration, limit)).map(({ id }) => id)
    assert.deepEqual(await ids('', undefined, 3), ['04', '03', '02'])
    assert.deepEqual(await ids('02', undefined, 3), ['01'])
    assert.deepEqual(await ids('', 'even', 9), ['03', '01'])
    const found = await store.rejectedById('02')
    assert.deepEqual({ ...found, payload: [...found!.payload] }, { ...some[1], payload: [0, 255, 10] })
    await store.commit(batchOf({ resolvedRejected: ['02', 'unknown'] }))
    assert.equal(await store.rejectedById('02'), undefined)
    assert.deepEqual(await ids('', undefined, 9), ['04', '03', '01'])
  })

  test('state is put, replaced, deleted and listed by prefix; the last write of a batch wins', async (t) => {
    const store = await open(t)
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
    await store.commit(
      batchOf({
        state: [
          { type: 'put', space: 'queue', key: 'c/2', value: bytes('two') },
          { type: 'put', space: 'queue', key: 'c/10', value: bytes('ten') },
          { type: 'put', space: 'queue', key: 'd/1', value: bytes('other') },
          { type: 'put', space: 'session', key: 'c/2', value: bytes('elsewhere') },
          { type: 'put', space: 'hub', key: 'x', value: bytes('first') },
          { type: 'put', space: 'hub', key: 'x', value: bytes('') },
          { type: 'put', space: 'hub', key: 'y', value: bytes('gone') },
          { type: 'delete', space: 'hub', key: 'y' },
        ],
      }),
    )
    const scan = async (prefix: string): Promise<string[]> => {
      const found: string[] = []
      for await (const { key, value } of store.stateScan('queue', prefix)) {
        found.push(`${key}=${Buffer.from(value).toString()}`)
      }
      return found
    }
    assert.deepEqual(await scan(''), ['c/10=ten', 'c/2=two', 'd/1=other'])
    assert.deepEqual(await scan('c/'), ['c/10=ten', 'c/2=two'])
    assert.deepEqual(await scan('z'), [])
    assert.equal((await store.stateGet('hub', 'x'))?.length, 0)
    assert.equal(await store.stateGet('hub', 'y'), undefined)
    assert.equal(Buffer.from((await store.stateGet('session', 'c/2'))!).toString(), 'elsewhere')
    await store.commit(batchOf({ state: [{ type: 'delete', space: 'queue', key: 'c/2' }] }))
    assert.deepEqual(await scan('c/'), ['c/10=ten'])
  })
}

function lifetime({ open, reopen }: EngineUnderTest): void {
  test('a closed store refuses everything with STORE_CLOSED', async (t) => {
    const store = await open(t)
    const { tallies } = await store.commit(batchOf({ runs: [runOf('d', 'k', [[1, 1]])] }))
    await store.close()
    assert.equal((await tallies)[0]!.fresh, 1)
    const isClosed = (error: unknown): boolean =>
      error instanceof AckstoneError && error.code === 'STORE_CLOSED'
    await assert.rejects(store.commit(batchOf({})), isClosed)
    await assert.rejects(rowsOf(store, 'd', 'k'), isClosed)
    await assert.rejects(store.latest('d'), isClosed)
    await assert.rejects(store.stateGet('hub', 'x'), isClosed)
    assert.equal(store.health().code, 'STORE_CLOSED')
    await store.close()
  })

  if (reopen === undefined) return
  test('everything is there after closing and opening again', async (t) => {
    const store = await open(t)
    const rows = Array.from({ length: 5000 }, (_, i): Row => [i * 1000, i / 10])
    await put(store, 'd', 'k', rows)
    await put(store, 'd', 'text', [[1, 'a']])
    await put(store, 'd', 'text', [[1, 'b']], 'ignore')
    await store.commit(
      batchOf({
        rejected: [rejectedOf('7')],
        state: [{ type: 'put', space: 'hub', key: 'k', value: Buffer.of(1) }],
      }),
    )
    const latest = await store.latest('d')
    const again = await reopen(t, store)
    assert.deepEqual(await rowsOf(again, 'd', 'k'), rows)
    assert.deepEqual(await rowsOf(again, 'd', 'text'), [[1, 'a']])
    assert.deepEqual(await again.latest('d'), latest)
    assert.equal((await again.rejectedById('7'))?.code, 'not_json')
    assert.deepEqual([...(await again.stateGet('hub', 'k'))!], [1])
    assert.deepEqual(await put(again, 'd', 'k', [[1000, 0.1]]), tallyOf({ sameValue: 1 }))
    assert.deepEqual(await put(again, 'd', 'k', [[1500, 0]]), tallyOf({ fresh: 1, late: 1 }))
    assert.deepEqual(await put(again, 'd', 'new', [[1, 0]]), tallyOf({ fresh: 1 }))
    assert.equal((await rowsOf(again, 'd', 'k')).length, rows.length + 1)
  })
}
