import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AckstoneError } from '../../errors.ts'
import type { Cluster } from './cluster.ts'
import { plan, Writer, type Partition, type WriteJob } from './writer.ts'

function partition(name: string, rows: number, rowBytes = 50): Partition {
  const statements = Array.from({ length: rows }, (_, i) => ({ query: 'q', params: [name, i] }))
  return { routingKey: Buffer.from(name), statements, bytes: rows * rowBytes }
}

/** A cluster of which only writing is used. */
function clusterThat(write: (rows: number) => Promise<void>): Cluster {
  const part: Pick<Cluster, 'write'> = { write: (statements) => write(statements.length) }
  return part as Cluster
}

test('rows of a partition travel together, in portions; small partitions of one node share a request', () => {
  const some = [partition('large', 250), ...Array.from({ length: 25 }, (_, i) => partition(`s${i}`, 1))]
  const requests = plan(some, () => 'node 1')
  assert.deepEqual(
    requests.map(({ statements }) => statements.length),
    [100, 100, 50, 10, 10, 5],
  )
  const apart = plan(some, (key) => `node ${key.length % 2}`)
  assert.equal(
    apart.reduce((sum, { statements }) => sum + statements.length, 0),
    275,
  )
})

test('heavy rows travel in smaller portions', () => {
  const requests = plan([partition('heavy', 20, 10_000)], () => '')
  assert.ok(requests.every(({ statements }) => statements.length <= 3))
})

test('I5: what was confirmed before a failure is not written again, and nothing is left out', async () => {
  let calls = 0
  const written: number[] = []
  const cluster = clusterThat(async (rows) => {
    calls++
    if (calls % 3 === 0) throw new AckstoneError('CLUSTER_OVERLOADED', { nodes: 'n', cause: 'c' })
    written.push(rows)
  })
  const writer = new Writer(cluster, 64)
  const job: WriteJob = {
    writeTs: 1,
    requests: plan(
      Array.from({ length: 40 }, (_, i) => partition(`p${i}`, 10 + i)),
      () => '',
    ),
    conditions: [],
    marks: [],
  }
  const total = job.requests.reduce((sum, { statements }) => sum + statements.length, 0)
  let attempts = 0
  for (; attempts < 100; attempts++) {
    try {
      await writer.run(job)
      break
    } catch (error) {
      assert.ok(error instanceof AckstoneError && error.code === 'CLUSTER_OVERLOADED')
    }
  }
  assert.ok(attempts > 1)
  assert.equal(
    written.reduce((sum, rows) => sum + rows, 0),
    total,
  )
  assert.equal(job.requests.length, 0)
})

test('fewer requests are under way while the cluster complains, and more again when it does not', async () => {
  let isDown = true
  const cluster = clusterThat(async () => {
    if (isDown) throw new AckstoneError('CLUSTER_UNAVAILABLE', { nodes: 'n', cause: 'c' })
  })
  const writer = new Writer(cluster, 64)
  const jobOf = (): WriteJob => {
    const many = Array.from({ length: 2_000 }, (_, i) => partition(`p${i}`, 10))
    return { writeTs: 1, requests: plan(many, () => ''), conditions: [], marks: [] }
  }
  for (let i = 0; i < 10; i++) await assert.rejects(writer.run(jobOf()))
  assert.equal(writer.window, 4)
  isDown = false
  await writer.run(jobOf())
  assert.ok(writer.window > 32)
  writer.stop()
  await assert.rejects(
    writer.run(jobOf()),
    (error) => error instanceof AckstoneError && error.code === 'STORE_CLOSED',
  )
})
