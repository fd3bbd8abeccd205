// The crash drill: the real hub, killed at random moments while devices publish at QoS 1 and 2, started
// again, sessions resumed, unacknowledged messages sent again. At the end everything is read back over the
// API and compared with the drill's own list: nothing acknowledged may be missing (I1), nothing may be there
// twice (I2, I3).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { HubProcess, type HubEnd, type HubOptions } from '../hub.ts'
import { Device } from './device.ts'
import { addUp, judge, kinds, Ledger, type StoredSeries, type Verdict } from './ledger.ts'
import { seededRandom, type Random } from './random.ts'
import { addRejected, scriptedTopic, setUpScripted } from './scripted.ts'

export interface DrillOptions {
  rounds: number
  seed: number
  connections: number
  /** A script reads the messages. */
  isScripted?: boolean
  /** How the hub is started on a data folder; plainly unless said. */
  hub?: (folder: string) => HubOptions
  /** Told after each round; for a person who watches. */
  onRound?: (round: number) => void
}

export interface DrillResult {
  /** One for each kind. */
  verdicts: Verdict[]
  sessionsLost: number
  oddities: string[]
  problems: string[]
  /** How the hub ended each time it was told to (SIGTERM): some rounds under load, and at the end. */
  ends: HubEnd[]
  seconds: number
}

/** The kill comes up to this long after the first answer of the round. */
const killDelayMsMax = 300
/** A slow machine may not come to the answer after which it is to be killed: then it is killed anyway. */
const promptMsMax = 2_000
/** A busy machine is not what is judged. */
const readyMsMax = 180_000
const firstAnswerMsMax = 120_000
const drainMsMax = 180_000
const endMsMax = 5_000
const dayMs = 86_400_000

export async function drill(options: DrillOptions): Promise<DrillResult> {
  const started = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-drill-'))
  const hubOptions = { readyMsMax, ...(options.hub?.(folder) ?? { folder }) }
  const random = seededRandom(options.seed)
  const isScripted = options.isScripted === true
  const devices = Array.from({ length: options.connections }, (_, i) => makeDevice(i, random, isScripted))
  try {
    const ends: HubEnd[] = []
    if (isScripted) await withHub(hubOptions, setUpScripted)
    for (let round = 0; round < options.rounds; round++) {
      ends.push(...(await playRound(hubOptions, devices, random)))
      options.onRound?.(round + 1)
    }
    ends.push(await drainAndStop(hubOptions, devices))
    const problems: string[] = []
    const verdicts = await withHub(hubOptions, (hub) => readBack(hub, devices, isScripted, problems))
    return {
      verdicts: kinds.map((kind) => addUp(verdicts, kind)),
      sessionsLost: devices.reduce((sum, device) => sum + device.sessionsLost, 0),
      oddities: devices.flatMap((device) => device.oddities),
      problems,
      ends,
      seconds: (performance.now() - started) / 1000,
    }
  } finally {
    for (const device of devices) device.cut()
    rmSync(folder, { recursive: true, force: true })
  }
}

function makeDevice(index: number, random: Random, isScripted: boolean): Device {
  const ledger = new Ledger(`drill-${index}`, Date.now() - dayMs)
  const window = 1 + random.below(40)
  return new Device(ledger, random, {
    version: index % 2 === 0 ? 4 : 5,
    window,
    packetIdMax: index % 3 === 0 ? 65_535 : window + random.below(20),
    isClean: index % 4 === 3,
    ...(isScripted ? { topic: scriptedTopic(ledger.device), mayBeRejected: true } : {}),
    isOrderJudged: true,
  })
}

/** One life of the hub under load. Resolves with how it ended, if it was asked to and not killed. */
async function playRound(options: HubOptions, devices: Device[], random: Random): Promise<HubEnd[]> {
  // Now and then it is killed while it still gets up: recovery must survive being cut short.
  if (random.chance(0.1)) await HubProcess.startAndKill(options, 50 + random.below(400))
  const hub = await HubProcess.start(options)
  try {
    const isPrompt = random.chance(0.3)
    const answersUntilKill = isPrompt ? 1 + random.below(3_000) : 1
    const first = Promise.withResolvers<undefined>()
    const reached = Promise.withResolvers<undefined>()
    let answers = 0
    for (const device of devices) {
      device.onAnswer = () => {
        answers += 1
        if (answers === 1) first.resolve(undefined)
        if (answers === answersUntilKill) reached.resolve(undefined)
      }
      device.connect(hub.mqttPort)
    }
    const silence = sleep(firstAnswerMsMax, 'silence', { ref: false })
    if ((await Promise.race([first.promise, silence])) === 'silence') {
      throw new Error(`no answer within ${firstAnswerMsMax / 1000} s; the hub printed:\n${hub.printed}`)
    }
    // Killed in the very turn in which an answer came, or some time later.
    if (isPrompt) await Promise.race([reached.promise, sleep(promptMsMax, undefined, { ref: false })])
    else {
      const delayMs = random.below(killDelayMsMax)
      await sleep(delayMs / 2)
      // Answers that are lost on their way to a device leave no trace: after a clean start and without DUP, nothing
      // says that a message is not a new one (docs/guide/choosing-qos.md).
      for (const device of devices) {
        if (!device.isClean && random.chance(0.2)) reconnect(device, hub.mqttPort)
      }
      await sleep(delayMs / 2)
    }
    if (!random.chance(0.15)) return []
    const end = await hub.stop()
    await Promise.all(devices.map((device) => device.ended()))
    return [end]
  } finally {
    await hub.kill()
    for (const device of devices) device.cut()
  }
}

function reconnect(device: Device, port: number): void {
  device.cut()
  device.connect(port)
}

/** Everything in flight gets its last answer; then the hub is told to stop. */
async function drainAndStop(options: HubOptions, devices: Device[]): Promise<HubEnd> {
  const hub = await HubProcess.start(options)
  try {
    const late = sleep(drainMsMax, 'late', { ref: false })
    const drained = Promise.all(devices.map((device) => device.drain(hub.mqttPort)))
    if ((await Promise.race([drained, late])) === 'late') {
      const waiting = devices.map((device) => `${device.ledger.device}: ${device.inFlight}`).join(', ')
      throw new Error(`messages without an answer after ${drainMsMax / 1000} s: ${waiting}\n${hub.printed}`)
    }
    return await hub.stop()
  } finally {
    await hub.kill()
  }
}

/** A life of the hub that nobody cuts short. */
async function withHub<T>(options: HubOptions, run: (hub: HubProcess) => Promise<T>): Promise<T> {
  const hub = await HubProcess.start(options)
  try {
    return await run(hub)
  } finally {
    await hub.stop()
  }
}

async function readBack(
  hub: HubProcess,
  devices: Device[],
  isScripted: boolean,
  problems: string[],
): Promise<Verdict[]> {
  const seriesOf = new Map<string, StoredSeries>()
  for (const { ledger } of devices) {
    const path = `/devices/${ledger.device}/series?keys=${kinds.join(',')}`
    seriesOf.set(ledger.device, (await hub.get<{ series: StoredSeries }>(path)).series)
  }
  if (isScripted) await addRejected(hub, 'scripted', seriesOf)
  return devices.flatMap(({ ledger }) => judge(ledger, seriesOf.get(ledger.device)!, problems))
}

/** The four figures of each kind, and what went wrong, if anything. */
export function report(result: DrillResult, { rounds, seed, isScripted }: DrillOptions): string {
  const head = ['kind', 'sent', 'acknowledged', 'stored', 'missing', 'doubled', 'strange']
  const rows = result.verdicts.map((row) => {
    return [row.kind, row.sent, row.acknowledged, row.stored, row.missing, row.doubled, row.strange]
  })
  const lines = [head, ...rows].map((row) => row.map((cell) => String(cell).padStart(12)).join(' '))
  const slowest = Math.round(Math.max(...result.ends.map((end) => end.ms)))
  lines.push(
    `${rounds} rounds in ${result.seconds.toFixed(0)} s; sessions lost: ${result.sessionsLost}; ` +
      `SIGTERM ended it ${result.ends.length} times, within ${slowest} ms`,
    ...result.oddities.map((line) => `odd: ${line}`),
    ...result.problems,
    `Repeat with: npm run drill -- --rounds ${rounds} --seed ${seed}${isScripted === true ? ' --scripted' : ''}`,
  )
  return lines.join('\n')
}

/** Why the drill failed; empty when the promise held. */
export function faults(result: DrillResult): string[] {
  const found: string[] = []
  const total = (pick: (verdict: Verdict) => number): number =>
    result.verdicts.reduce((sum, verdict) => sum + pick(verdict), 0)
  if (total((v) => v.acknowledged) === 0) found.push('nothing was acknowledged: the drill proved nothing')
  if (total((v) => v.missing) > 0) found.push('acknowledged messages are missing (I1)')
  if (total((v) => v.doubled) > 0) found.push('messages are there twice (I2, I3)')
  if (total((v) => v.strange) > 0) found.push('rows are there that nobody sent')
  if (result.sessionsLost > 0) found.push('sessions with acknowledged messages were lost')
  if (result.oddities.length > 0) found.push('answers came that make no sense')
  for (const { code, signal, ms } of result.ends) {
    if (code !== 0) found.push(`SIGTERM ended the hub with ${code ?? signal}`)
    if (ms > endMsMax) found.push(`SIGTERM took ${Math.round(ms)} ms, at most ${endMsMax}`)
  }
  return found
}
