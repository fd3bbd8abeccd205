// A real hub in a process of its own, attacked over TCP while an honest client publishes at QoS 1 and measures how
// long it waits: items 1 and 2, and spoilt sessions. What the hub takes in memory is measured from outside.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test, type TestContext } from 'node:test'
import { seededRandom } from '../crash/random.ts'
import { spoil } from '../fuzz/mutations.ts'
import { newSession } from '../fuzz/sessions.ts'
import { HubProcess } from '../hub.ts'
import { connectBytes, memoryBytes, neighbourDuring } from './neighbour.ts'

const isLong = process.env.ACKSTONE_RINGS !== undefined
const many = isLong ? 1_000 : 150
const sessions = isLong ? 3_000 : 300
const memoryBytesMax = 512 * 1024 * 1024
function open(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  return socket
}

describe('a real hub under attack', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-hostile-'))
  let hub: HubProcess
  let idle: HubProcess
  const sockets: Socket[] = []

  before(async () => {
    const env = {
      ACKSTONE_LIMITS_CONNECT_TIMEOUT_MS: '1500',
      ACKSTONE_LIMITS_PACKET_TIMEOUT_MS: '1500',
    }
    hub = await HubProcess.start({ folder: join(folder, 'attacked'), env })
    idle = await HubProcess.start({ folder: join(folder, 'idle') })
  })

  after(async () => {
    for (const socket of sockets) socket.destroy()
    await idle.stop()
    const { code } = await hub.stop()
    rmSync(folder, { recursive: true, force: true })
    assert.equal(code, 0, hub.printed)
  })

  async function counted(limit: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${hub.httpPort}/metrics`)).text()
    return Number(new RegExp(`ackstone_limit_reached_total\\{limit="${limit}"\\} (\\d+)`).exec(text)?.[1])
  }

  async function attacked(t: TestContext, attack: () => Promise<void>): Promise<void> {
    const hubs = { attacked: hub.mqttPort, idle: idle.mqttPort, pid: hub.pid }
    const { p99, mostMs, sentence } = await neighbourDuring(hubs, attack)
    assert.ok(!hub.hasEnded, hub.printed)
    const mib = Math.round(memoryBytes(hub.pid) / 2 ** 20)
    t.diagnostic(`${sentence}; ${mib} MiB`)
    assert.ok(p99 <= mostMs, `the neighbour’s p99 is ${p99} ms`)
    assert.ok(memoryBytes(hub.pid) < memoryBytesMax, `the hub takes ${mib} MiB`)
    for (const socket of sockets.splice(0)) socket.destroy()
  }

  test('item 1: connections that say nothing, or half a CONNECT, are cut off', async (t) => {
    await attacked(t, async () => {
      const ends = Array.from({ length: many }, async (_, n) => {
        const socket = open(hub.mqttPort)
        sockets.push(socket)
        if (n % 2 === 0) socket.write(connectBytes('half').subarray(0, 7))
        socket.resume()
        await once(socket, 'close')
      })
      await Promise.all(ends)
    })
    assert.ok((await counted('connectTimeoutMs')) >= many)
    assert.match(hub.printed, /limits\.connectTimeoutMs.*limit reached/)
  })

  test('item 1: a flood of connections that are reset at once', async (t) => {
    await attacked(t, async () => {
      for (let round = 0; round < 10; round++) {
        const opened = Array.from({ length: many / 5 }, () => open(hub.mqttPort))
        await Promise.all(opened.map((socket) => once(socket, 'connect')))
        for (const socket of opened) socket.resetAndDestroy()
      }
    })
  })

  test('item 2: SlowTT, a PUBLISH that never ends, is cut off', async (t) => {
    await attacked(t, async () => {
      const ends = Array.from({ length: many / 5 }, async (_, n) => {
        const socket = open(hub.mqttPort)
        sockets.push(socket)
        socket.write(connectBytes(`slow${n}`))
        socket.write(Buffer.of(0x30, 0xff, 0x7f, 0))
        socket.resume()
        await once(socket, 'close')
      })
      await Promise.all(ends)
    })
    assert.ok((await counted('packetTimeoutMs')) >= many / 5)
  })

  test('spoilt sessions over TCP', async (t) => {
    const random = seededRandom(42)
    await attacked(t, async () => {
      for (let n = 0; n < sessions; n += 10) {
        const group = Array.from({ length: 10 }, async () => {
          const { packets } = newSession(random)
          spoil(packets, random)
          const socket = open(hub.mqttPort)
          const closed = once(socket, 'close')
          socket.resume()
          socket.end(Buffer.concat(packets))
          await closed
        })
        await Promise.all(group)
      }
    })
  })
})
