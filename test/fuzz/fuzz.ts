// The fuzzer: spoilt sessions against the broker in this process, by seed. It ends with an error that names the
// seed and the fewest packets that show it, when the broker throws, writes what is no MQTT, keeps its neighbour
// waiting, or grows.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { seededRandom, type Random } from '../crash/random.ts'
import { openArena, type Arena } from './arena.ts'
import { spoil } from './mutations.ts'
import { newSession, type FuzzSession } from './sessions.ts'
import { startWatchdog } from './watchdog.ts'

export interface FuzzOptions {
  seed: number
  /** Ends after so many packets or milliseconds, whichever is first. */
  packets: number
  ms: number
  onProgress?: (packets: number) => void
}

export interface FuzzResult {
  /** Handed to the broker: what follows the end of a connection does not count. */
  packets: number
  sessions: number
  seconds: number
  /** Of the honest neighbour, from PUBLISH to PUBACK. */
  neighbourMs: { p50: number; p99: number; max: number }
  /** Heap after collection: when warm, and at the end. */
  heapBytes: { warm: number; end: number }
}

/** A heap may grow by so much, mostly compiled code and caches that have limits. */
export const growthBytesMax = 48 * 1024 * 1024
const sessionsPerAsk = 10
const sessionsPerTick = 20
const tickMs = 700
const warmShare = 0.3
const neighbourAsksMax = 200_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

export async function fuzz({ seed, packets, ms, onProgress }: FuzzOptions): Promise<FuzzResult> {
  const random = seededRandom(seed)
  const watchdog = startWatchdog(seed)
  const arena = await openArena()
  const started = performance.now()
  const waits: number[] = []
  let sent = 0
  let sessions = 0
  let warm = 0
  const share = (): number => Math.max(sent / packets, (performance.now() - started) / ms)
  while (share() < 1) {
    watchdog.alive(sessions)
    const session = spoiltSession(random)
    const chunks = chunksOf(session, random)
    try {
      const taken = await arena.run(session, chunks)
      sent += Math.round(taken * session.packets.length)
      if (sessions % sessionsPerTick === 0) await arena.house.clock.advance(tickMs)
      if (sessions % sessionsPerAsk === 0 && waits.length < neighbourAsksMax) {
        waits.push(await arena.askNeighbour())
      }
    } catch (error) {
      await watchdog.stop()
      throw await explained(error, { seed, sessions, session })
    }
    sessions++
    if (sessions % 1000 === 0) onProgress?.(sent)
    if (warm === 0 && share() > warmShare) warm = heapBytes()
  }
  const end = heapBytes()
  await watchdog.stop()
  await arena.close()
  waits.sort((a, b) => a - b)
  const at = (part: number): number => waits[Math.min(waits.length - 1, Math.floor(waits.length * part))] ?? 0
  return {
    packets: sent,
    sessions,
    seconds: (performance.now() - started) / 1000,
    neighbourMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
    heapBytes: { warm, end },
  }
}

function heapBytes(): number {
  collect()
  return process.memoryUsage().heapUsed
}

function spoiltSession(random: Random): FuzzSession {
  const session = newSession(random)
  spoil(session.packets, random)
  return session
}

/** Mostly packet by packet or all at once, sometimes cut anywhere. */
function chunksOf({ packets }: FuzzSession, random: Random): Buffer[] {
  const way = random.below(10)
  if (way < 5) return packets
  const all = Buffer.concat(packets)
  if (way < 8) return [all]
  const chunks: Buffer[] = []
  for (let at = 0; at < all.length;) {
    const end = at + 1 + random.below(all.length > 5_000 ? 4_000 : 40)
    chunks.push(all.subarray(at, end))
    at = end
  }
  return chunks
}

interface Found {
  seed: number
  sessions: number
  session: FuzzSession
}

async function explained(error: unknown, { seed, sessions, session }: Found): Promise<Error> {
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const fewest = await shrink(session)
  const lines = (fewest ?? session.packets).map((packet) => `  ${packet.toString('hex')}`)
  const what =
    fewest === undefined
      ? 'Alone it does no harm: what came before matters. Its packets:'
      : 'The fewest packets that show it on an empty broker:'
  return new Error(
    `fuzz seed ${seed}, session ${sessions} (version ${session.version}): ${cause}\n${what}\n${lines.join('\n')}`,
    { cause: error },
  )
}

/** Leaves packets out as long as it still fails; undefined when the session alone does not. */
async function shrink(session: FuzzSession): Promise<Buffer[] | undefined> {
  if (!(await fails(session.version, session.packets))) return undefined
  let packets = session.packets
  for (let at = packets.length - 1; at >= 0; at--) {
    const fewer = packets.toSpliced(at, 1)
    if (await fails(session.version, fewer)) packets = fewer
  }
  return packets
}

async function fails(version: FuzzSession['version'], packets: Buffer[]): Promise<boolean> {
  const arena: Arena = await openArena()
  try {
    await arena.run({ version, packets }, packets)
    await arena.house.clock.advance(tickMs)
    await arena.askNeighbour()
    return false
  } catch {
    return true
  }
}
