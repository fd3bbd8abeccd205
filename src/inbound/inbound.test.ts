// The journal of what came in, compared with a model over random histories with restarts in between.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { OpenBatch } from '../ingest/contract.ts'
import { createMemoryStore } from '../storage/memory.ts'
import type { StateWrite, Store } from '../storage/store.ts'
import { fingerprintOf } from './decided-times.ts'
import { Inbound } from './inbound.ts'

let tickets = 0

/** Seals into a batch of its own and stores it. */
async function store(inbound: Inbound, into: Store): Promise<number> {
  const state: StateWrite[] = []
  const batch: OpenBatch = {
    ticket: ++tickets,
    put: (space, key, value) => void state.push({ type: 'put', space, key, value }),
    delete: (space, key) => void state.push({ type: 'delete', space, key }),
    enter: () => undefined,
    expectState: () => undefined,
    resolveRejected: () => undefined,
    join: () => undefined,
    afterStored: () => undefined,
  }
  inbound.seal(batch)
  const nothing = { runs: [], rejected: [], resolvedRejected: [], closedTs: 0 }
  await into.commit({ ticket: batch.ticket, state, ...nothing })
  return state.length
}

type Step =
  | { do: 'hold' | 'release'; packetId: number; fingerprint: number | undefined }
  | { do: 'remember'; packetId: number; fingerprint: number; decidedTs: number }
  | { do: 'end'; packetId: number }
  | { do: 'forget' | 'forgetDecided' | 'commit' | 'restart' }

const packetId = fc.integer({ min: 1, max: 12 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('hold' as const, 'release' as const),
      packetId,
      fingerprint: fc.option(fc.nat(3), { nil: undefined }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('remember' as const),
      packetId,
      fingerprint: fc.nat(3),
      decidedTs: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('end' as const), packetId }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('commit' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('forget' as const, 'forgetDecided' as const, 'restart' as const),
    }),
  },
)

describe('Inbound', () => {
  test('I3: after any history and any restarts it knows what was stored, and no more', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 300 }), async (steps) => {
        const disk = createMemoryStore()
        let inbound = new Inbound('d1', 20, false)
        const held = new Map<number, number | undefined>()
        let decided: { packetId: number; fingerprint: number; decidedTs: number; isEnded?: true }[] = []
        for (const each of [...steps, { do: 'restart' } as const]) {
          if (each.do === 'hold') {
            inbound.hold(each.packetId, 1, true, each.fingerprint)
            held.set(each.packetId, each.fingerprint ?? held.get(each.packetId))
          } else if (each.do === 'release') {
            assert.equal(inbound.release(each.packetId), held.has(each.packetId) ? 'recorded' : 'unknown')
            held.delete(each.packetId)
          } else if (each.do === 'remember') {
            inbound.remember(each.packetId, each.fingerprint, each.decidedTs, 1)
            decided = [...decided, { ...each }].slice(-20)
          } else if (each.do === 'end') {
            inbound.end(each.packetId)
            const ended = decided.findLast(({ packetId: id }) => id === each.packetId)
            if (ended !== undefined) ended.isEnded = true
          } else if (each.do === 'forget') {
            inbound.forgetHeld()
            held.clear()
          } else if (each.do === 'forgetDecided') {
            inbound.forgetDecided()
            decided = []
          } else {
            await store(inbound, disk)
            if (each.do === 'restart') {
              inbound = new Inbound('d1', 20, inbound.hasJournal)
              await inbound.load(disk)
            }
          }
          for (let id = 1; id <= 12; id++) {
            assert.equal(inbound.heldTicket(id) !== undefined, held.has(id))
            const isOther = held.get(id) !== undefined && held.get(id) !== 2
            assert.equal(inbound.isHeldForOther(id, 2), isOther)
          }
          const newest = decided.findLast(({ packetId: id }) => id === 5)
          for (let fingerprint = 0; fingerprint <= 3; fingerprint++) {
            const known = newest?.fingerprint === fingerprint ? newest.decidedTs : 0
            assert.equal(inbound.recall(5, fingerprint, 'any'), known)
            inbound.connectionBegins(0)
            const expected = newest?.isEnded === true ? 0 : known
            assert.equal(inbound.recall(5, fingerprint, 'unended'), expected)
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  test('a hundred messages of one commit cost one entry; the journal of a session stays small', async () => {
    const disk = createMemoryStore()
    const inbound = new Inbound('d1', 1024, false)
    for (let commit = 0; commit < 200; commit++) {
      for (let id = 1; id <= 100; id++) {
        inbound.hold(id, 1, true)
        inbound.remember(id, id, commit * 1000 + id, 1)
        inbound.release(id)
      }
      assert.equal(await store(inbound, disk), 1)
    }
    let entries = 0
    for await (const _ of disk.stateScan('inbound', 'd1\u0000')) entries++
    assert.equal(entries, 64)
    const again = new Inbound('d1', 1024, true)
    await again.load(disk)
    assert.equal(again.recall(100, 100, 'any'), 199_100)
  })

  test('I3: it remembers as many messages as there are packet identifiers, over restarts and another size', async () => {
    const disk = createMemoryStore()
    const many = 65_535
    const expectAll = async (known: Inbound, from: number): Promise<void> => {
      await known.load(disk)
      for (let id = 1; id <= many; id++) assert.equal(known.recall(id, id, 'any'), id < from ? 0 : 1000 + id)
    }
    const bridge = new Inbound('b', many, false)
    for (let id = 1; id <= many; id++) {
      bridge.remember(id, id, 1000 + id, 1)
      if (id % 50 === 0) await store(bridge, disk)
    }
    await store(bridge, disk)
    await expectAll(new Inbound('b', many, true), 1)
    // The limit of devices is an option: a journal goes on after it was changed, there and back.
    const fewer = new Inbound('b', 1024, true)
    await expectAll(fewer, many - 1023)
    fewer.hold(7, 1, true)
    await store(fewer, disk)
    const back = new Inbound('b', many, true)
    await expectAll(back, many - 1023)
    for (const packetId of [1, 2, 3]) {
      back.remember(packetId, packetId, 1000 + packetId, 1)
      await store(back, disk)
    }
    const last = new Inbound('b', many, true)
    await last.load(disk)
    assert.deepEqual(
      [1, 2, 3, 4, many].map((id) => last.recall(id, id, 'any')),
      [1001, 1002, 1003, 0, 1000 + many],
    )
    assert.notEqual(last.heldTicket(7), undefined)
  })

  test('what only memory knows stays there when the session is away', async () => {
    const disk = createMemoryStore()
    const inbound = new Inbound('d1', 1024, false)
    inbound.hold(1, 7, true)
    await store(inbound, disk)
    inbound.hold(2, 0, false)
    inbound.unload()
    assert.ok(inbound.isInMemory)
    assert.equal(inbound.release(2), 'in memory')
    inbound.unload()
    assert.ok(!inbound.isInMemory)
    await Promise.all([inbound.load(disk), inbound.load(disk)])
    assert.equal(inbound.release(1), 'recorded')
  })

  test('erased, nothing is left', async () => {
    const disk = createMemoryStore()
    const inbound = new Inbound('d1', 1024, false)
    inbound.hold(1, 7, true)
    await store(inbound, disk)
    const state: StateWrite[] = []
    const batch = { delete: (space: 'inbound', key: string) => state.push({ type: 'delete', space, key }) }
    inbound.erase(batch as unknown as OpenBatch)
    await disk.commit({ ticket: ++tickets, state, runs: [], rejected: [], resolvedRejected: [], closedTs: 0 })
    for await (const { key } of disk.stateScan('inbound', '')) assert.fail(key)
  })

  test('a fingerprint tells topics and payloads apart', () => {
    const of = (topic: string, payload: string): number =>
      fingerprintOf(topic, Buffer.from(payload), 0, Buffer.byteLength(payload))
    assert.equal(of('a', '1'), of('a', '1'))
    assert.notEqual(of('a', '1'), of('a', '2'))
    assert.notEqual(of('a', '1'), of('b', '1'))
    assert.notEqual(of('ab', ''), of('a', 'b'))
  })
})
