// Multitudes against a real hub: thousands of clients at once, subscribers that read or stop reading, bombs, retained
// messages without end, sessions that pile up.
// Small with `npm test`, larger on the build machine, in full with `npm run test:all`; the figures of a full run
// stand in docs/reference/limits.md.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test, type TestContext } from 'node:test'
import { Worker } from 'node:worker_threads'
import { HubProcess } from '../hub.ts'
import { rings } from '../tools.ts'
import type { CrowdOrder } from './crowd-thread.ts'
import { inspectable, liveBytes } from './live-memory.ts'
import { memoryBytes, neighbourDuring } from './neighbour.ts'

const sizes = {
  quick: { clients: 500, subscribers: 300, deaf: 150, bombs: 5, retained: 20_000, sessions: 2_000 },
  ci: { clients: 2_000, subscribers: 1_000, deaf: 300, bombs: 20, retained: 100_000, sessions: 5_000 },
  all: { clients: 10_000, subscribers: 5_000, deaf: 1_000, bombs: 50, retained: 1_000_000, sessions: 50_000 },
}[rings()]

/** What the hub alone may hold, and one of each kind. */
const bytesOf = { hub: 112 * 2 ** 20, client: 20_000, retained: 700, session: 8_000 }
/** What it may have of the system besides: garbage not yet collected, code, what compresses and encrypts. */
const besidesBytesMax = 400 * 2 ** 20

const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`

/** Files that a process may open here, which each connection needs one of. */
function openFilesMax(): number {
  if (process.platform !== 'linux') return sizes.clients
  return Number(/Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1])
}

describe('multitudes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-multitudes-'))
  let hub: HubProcess
  let idle: HubProcess

  before(async () => {
    const env = {
      ACKSTONE_LIMITS_RETAINED_MESSAGES_MAX: String(sizes.retained + 1),
      ACKSTONE_LIMITS_RETAINED_BYTES_MAX: String(512 * 2 ** 20),
      ACKSTONE_LIMITS_SESSIONS_MAX: String(sizes.sessions / 2),
      ACKSTONE_LIMITS_QUEUE_MESSAGES_MAX: '200',
      ACKSTONE_LIMITS_OUTGOING_BYTES_MAX: '65536',
    }
    hub = await HubProcess.start({ folder: join(folder, 'attacked'), env, nodeArgs: inspectable })
    idle = await HubProcess.start({ folder: join(folder, 'idle') })
  })

  after(async () => {
    await idle.stop()
    const { code } = await hub.stop()
    rmSync(folder, { recursive: true, force: true })
    assert.equal(code, 0, hub.printed)
  })

  /** Lets a crowd loose beside an honest neighbour. Resolves with what the crowd counted. */
  async function loose(t: TestContext, kind: CrowdOrder['kind'], count: number): Promise<number> {
    const port = kind === 'compressed' ? hub.httpPort : hub.mqttPort
    const order: CrowdOrder = { port, kind, count }
    let counted = 0
    let crowd: Worker | undefined
    const started = performance.now()
    const hubs = { attacked: hub.mqttPort, idle: idle.mqttPort, pid: hub.pid }
    const { p99, mostMs, sentence } = await neighbourDuring(hubs, async () => {
      crowd = new Worker(new URL('./crowd-thread.ts', import.meta.url), { workerData: order })
      ;[counted] = (await once(crowd, 'message')) as [number]
    })
    const ms = Math.round(performance.now() - started)
    assert.ok(!hub.hasEnded, hub.printed)
    const taken = memoryBytes(hub.pid)
    const live = await liveBytes(hub)
    t.diagnostic(
      `${kind} ${counted} of ${count} in ${ms} ms; ${sentence}; ${mib(live)}, with garbage ${mib(taken)}`,
    )
    await crowd?.terminate()
    assert.ok(p99 <= mostMs, `the neighbour’s p99 is ${p99} ms`)
    // What an attack leaves behind counts at the next.
    const { clients, subscribers, deaf, retained, sessions } = sizes
    const connections = clients + subscribers + deaf
    const most =
      bytesOf.hub +
      connections * bytesOf.client +
      retained * bytesOf.retained +
      (sessions / 2) * bytesOf.session
    assert.ok(live < most, `the hub holds ${mib(live)}`)
    assert.ok(taken < most + besidesBytesMax, `the hub takes ${mib(taken)}`)
    return counted
  }

  test(`${sizes.clients} clients connect at once: all are let in`, async (t) => {
    const count = Math.min(sizes.clients, openFilesMax() - 500)
    if (count < sizes.clients) t.diagnostic(`only ${count}: a process may open no more files here`)
    assert.equal(await loose(t, 'connect', count), count)
  })

  test(`${sizes.deaf} subscribers stop reading while a publisher floods: memory stays bounded`, async (t) => {
    assert.equal(await loose(t, 'deaf', sizes.deaf), sizes.deaf)
  })

  test(`${sizes.subscribers} subscribers get each message of one topic`, async (t) => {
    assert.equal(await loose(t, 'fan', sizes.subscribers), sizes.subscribers)
  })

  test(`${sizes.bombs} clients subscribe to 20,000 filters each in one packet`, async (t) => {
    assert.equal(await loose(t, 'filters', sizes.bombs), sizes.bombs)
  })

  test(`${sizes.bombs} WebSockets send what claims to be compressed: they are cut off`, async (t) => {
    assert.equal(await loose(t, 'compressed', sizes.bombs), sizes.bombs)
  })

  test(`${sizes.retained} retained messages: kept, and read by ten at once`, async (t) => {
    assert.equal(await loose(t, 'retain', sizes.retained), sizes.retained)
    assert.equal(await loose(t, 'read', sizes.retained), 10)
  })

  test(`${sizes.sessions} lasting sessions: half of them are within the limit, the others are refused`, async (t) => {
    const admitted = await loose(t, 'sessions', sizes.sessions)
    // Neighbours have sessions too.
    assert.ok(Math.abs(admitted - sizes.sessions / 2) <= 10, `${admitted} were let in`)
  })
})
