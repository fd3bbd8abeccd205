// A thread of the generator: opens its share of the connections, publishes until told to stop, and reports.
import { parentPort, workerData } from 'node:worker_threads'
import type { Load } from './load.ts'
import { Publisher } from './publisher.ts'
import { Tally } from './tally.ts'

export interface ThreadOrder {
  port: number
  load: Load
  /** Connections of this thread: from `first` on, each `step`th. */
  first: number
  step: number
  firstTs: number
  memory: SharedArrayBuffer
}

export type ThreadReport =
  | { type: 'connected' }
  | { type: 'ended'; sent: number; done: number }
  | { type: 'failed'; message: string }

/** Connections are opened in groups, so that the listening queue does not overflow. */
const connectAtOnce = 100

const order = workerData as ThreadOrder
const tally = new Tally(order.memory)

function report(message: ThreadReport): void {
  parentPort?.postMessage(message)
}

async function connectAll(): Promise<Publisher[]> {
  const publishers: Publisher[] = []
  let group: Publisher[] = []
  for (let i = order.first; i < order.load.connections; i += order.step) {
    const publisher = new Publisher(order.port, `bench-${i}`, order.load, order.firstTs, i + 1, tally)
    publishers.push(publisher)
    group.push(publisher)
    if (group.length < connectAtOnce) continue
    await Promise.all(group.map((each) => each.connected))
    group = []
  }
  await Promise.all(group.map((each) => each.connected))
  return publishers
}

async function drive(): Promise<void> {
  const publishers = await connectAll()
  report({ type: 'connected' })
  await new Promise((resolve) => parentPort?.once('message', resolve))
  for (const publisher of publishers) publisher.start()
  const ends = await Promise.all(publishers.map((publisher) => publisher.ended))
  report({
    type: 'ended',
    sent: ends.reduce((sum, end) => sum + end.sent, 0),
    done: ends.reduce((sum, end) => sum + end.done, 0),
  })
  parentPort?.close()
}

drive().catch((error: unknown) => {
  report({ type: 'failed', message: error instanceof Error ? error.message : String(error) })
})
