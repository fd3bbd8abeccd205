// The fuzzer with a fixed seed: a million packets where everything is tested, fewer in the quick form.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../crash/random.ts'
import { fuzz, growthBytesMax } from './fuzz.ts'
import { mutations, spoil } from './mutations.ts'
import { newSession } from './sessions.ts'

const isLong = process.env.ACKSTONE_RINGS !== undefined
const seed = 20_261_123
const packets = isLong ? 1_000_000 : 30_000
const neighbourMsMax = 1_000

test(`${packets} spoilt packets: no crash, no hang, no growth, and an honest client is answered`, async (t) => {
  const result = await fuzz({ seed, packets, ms: 400_000 })
  const { neighbourMs, heapBytes } = result
  const grownMib = ((heapBytes.end - heapBytes.warm) / 2 ** 20).toFixed(1)
  t.diagnostic(
    `${result.packets} packets in ${result.seconds.toFixed(1)} s; the neighbour’s p99 ${neighbourMs.p99.toFixed(1)} ms; ` +
      `heap grown by ${grownMib} MiB`,
  )
  assert.ok(result.packets >= packets, `only ${result.packets} packets`)
  assert.ok(neighbourMs.p99 <= neighbourMsMax, `the neighbour’s p99 is ${neighbourMs.p99} ms`)
  assert.ok(heapBytes.end - heapBytes.warm < growthBytesMax, `the heap has grown by ${grownMib} MiB`)
})

test('one seed makes the same packets again', () => {
  const make = (): string[] => {
    const random = seededRandom(7)
    const { packets: made } = newSession(random)
    spoil(made, random)
    return made.map((packet) => packet.toString('hex'))
  }
  assert.deepEqual(make(), make())
})

test('every mutation leaves packets, whatever it is given', () => {
  const random = seededRandom(8)
  for (const mutate of Object.values(mutations)) {
    for (let round = 0; round < 50; round++) {
      const { packets: made } = newSession(random)
      const before = made.length
      mutate(made, random.below(made.length), random)
      assert.ok(made.length >= before - 1 && made.every((packet) => Buffer.isBuffer(packet)))
    }
  }
})
