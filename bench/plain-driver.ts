// What the driver reaches by itself: the rows that the hub would write for the benchmark's messages, in the best
// statements known, prepared, so many requests in flight and nothing else. Run as a process of its own:
// `node bench/plain-driver.ts JSON`, and it prints its figures as JSON.
import cassandra from 'cassandra-driver'

export interface PlainOrder {
  contactPoints: string[]
  localDataCenter: string
  keyspace: string
  devices: number
  /** Rows of one partition in one request. */
  rowsPerRequest: number
  inFlight: number
  warmUpSeconds: number
  seconds: number
}

export interface PlainReport {
  /** Rows per second that were confirmed. */
  rate: number
  p50Ms: number
  p99Ms: number
  cpuSeconds: number
}

const keys = ['temp', 'hum']
const hourUs = 3_600_000_000
const insert = 'INSERT INTO readings (device, key, bucket, ts, kind, num) VALUES (?, ?, ?, ?, ?, ?)'
const kind = Buffer.from([0])

function bigint(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

function double(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeDoubleBE(value)
  return bytes
}

/** One series, a row each millisecond, a request at a time. */
class SeriesWriter {
  readonly #device: Buffer
  readonly #key: Buffer
  #ts = (Date.now() - 60 * 24 * 3_600_000) * 1000

  constructor(device: string, key: string) {
    this.#device = Buffer.from(device)
    this.#key = Buffer.from(key)
  }

  next(rows: number): { query: string; params: Buffer[] }[] {
    return Array.from({ length: rows }, () => {
      const bucket = this.#ts - (this.#ts % hourUs)
      const value = Math.round(Math.random() * 10_000) / 100
      const params = [this.#device, this.#key, bigint(bucket), bigint(this.#ts), kind, double(value)]
      this.#ts += 1000
      return { query: insert, params }
    })
  }
}

async function write(order: PlainOrder): Promise<PlainReport> {
  const { contactPoints, localDataCenter, keyspace, devices, rowsPerRequest, inFlight } = order
  const client = new cassandra.Client({
    contactPoints,
    localDataCenter,
    keyspace,
    protocolOptions: { port: Number(contactPoints[0]!.split(':')[1]) },
    queryOptions: { prepare: true, consistency: cassandra.types.consistencies.localQuorum },
  })
  await client.connect()
  const writers = Array.from({ length: devices }, (_, i) =>
    keys.map((key) => new SeriesWriter(`plain-${i}`, key)),
  ).flat()
  let turn = 0
  let rows = 0
  let latencies: number[] = []
  let isOver = false
  const lane = async (): Promise<void> => {
    while (!isOver) {
      const statements = writers[turn++ % writers.length]!.next(rowsPerRequest)
      const began = performance.now()
      await client.batch(statements, { prepare: true, logged: false })
      latencies.push(performance.now() - began)
      rows += rowsPerRequest
    }
  }
  const lanes = Array.from({ length: inFlight }, lane)
  await new Promise((resolve) => setTimeout(resolve, order.warmUpSeconds * 1000))
  const before = { rows, at: performance.now(), cpu: process.cpuUsage() }
  latencies = []
  await new Promise((resolve) => setTimeout(resolve, order.seconds * 1000))
  const seconds = (performance.now() - before.at) / 1000
  const { user, system } = process.cpuUsage(before.cpu)
  const rate = (rows - before.rows) / seconds
  const sorted = latencies.toSorted((a, b) => a - b)
  isOver = true
  await Promise.all(lanes)
  await client.shutdown()
  return {
    rate,
    p50Ms: sorted[Math.floor(sorted.length * 0.5)] ?? Number.NaN,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
    cpuSeconds: (user + system) / 1e6,
  }
}

if (import.meta.main) {
  const report = await write(JSON.parse(process.argv[2]!) as PlainOrder)
  process.stdout.write(JSON.stringify(report))
}
