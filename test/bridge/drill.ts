// The crash drill for bridges: devices publish at another broker, a real hub is attached to it, and one of the
// three is hurt: the hub is killed, the broker is killed, or the connection between them is cut in the middle
// of a handshake. At the end everything is read back and compared with the drill's own list: nothing that the
// broker acknowledged may be missing, nothing may be there twice.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Device } from '../crash/device.ts'
import {
  addUp,
  judge,
  kinds,
  Ledger,
  type SentMessage,
  type StoredSeries,
  type Verdict,
} from '../crash/ledger.ts'
import { seededRandom, type Random } from '../crash/random.ts'
import { addRejected, scriptedConverter } from '../crash/scripted.ts'
import { HubProcess, type HubOptions } from '../hub.ts'
import { PacketProxy, type CutRule } from './packet-proxy.ts'
import type { Upstream } from './upstream.ts'

export interface BridgeDrillOptions {
  upstream: Upstream
  /** What happens in a round. */
  harm: 'kill the hub' | 'kill the broker' | 'cut the connection'
  rounds: number
  seed: number
  /** Left out: found out. */
  protocolVersion: 4 | 5 | undefined
  connections: number
  /** A script reads the messages. */
  isScripted?: boolean
}

export interface BridgeDrillResult {
  verdicts: Verdict[]
  problems: string[]
  oddities: string[]
  /** Cuts by the place where they were made. */
  cuts: Map<string, number>
  /** Places at which nothing passed to be cut. */
  unmet: string[]
  /** Acknowledged messages that are not judged as missing, by how the broker ended that may have lost them. */
  excused: { SIGKILL: number; SIGTERM: number }
  seconds: number
}

interface BridgeHealth {
  state: string
  sentence: string
}

const messagesPerRound = 120
const dayMs = 86_400_000
/** A busy machine is not what is judged. */
const patienceMs = 180_000
const harmDelayMsMax = 250
/** Until the packet has passed that a cut waits for. */
const cutMsMax = 60_000

/** Where a connection is cut: every packet of the handshakes, before and after it. */
export const cutPlaces: readonly Omit<CutRule, 'skip' | 'when'>[] = [
  { direction: 'up', packet: 'connect' },
  { direction: 'down', packet: 'connack' },
  { direction: 'up', packet: 'subscribe' },
  { direction: 'down', packet: 'suback' },
  { direction: 'down', packet: 'publish', qos: 1 },
  { direction: 'up', packet: 'puback' },
  { direction: 'down', packet: 'publish', qos: 2 },
  { direction: 'up', packet: 'pubrec' },
  { direction: 'down', packet: 'pubrel' },
  { direction: 'up', packet: 'pubcomp' },
]

export async function bridgeDrill(options: BridgeDrillOptions): Promise<BridgeDrillResult> {
  const drill = new BridgeDrill(options)
  try {
    return await drill.run()
  } finally {
    await drill.end()
  }
}

class BridgeDrill {
  readonly #options: BridgeDrillOptions
  readonly #random: Random
  readonly #folder = mkdtempSync(join(tmpdir(), 'ackstone-bridge-drill-'))
  readonly #hubOptions: HubOptions = { folder: this.#folder, readyMsMax: patienceMs }
  readonly #devices: Device[]
  readonly #cuts = new Map<string, number>()
  readonly #unmet: string[] = []
  /** Acknowledged in earlier lives of a broker that forgets, and judged. */
  readonly #kept = new Set<SentMessage>()
  readonly #excused = { SIGKILL: 0, SIGTERM: 0 }
  #proxy!: PacketProxy
  #hub!: HubProcess

  constructor(options: BridgeDrillOptions) {
    this.#options = options
    this.#random = seededRandom(options.seed)
    this.#devices = Array.from({ length: 4 }, (_, index) => {
      const ledger = new Ledger(`bridged-${options.seed}-${index}`, Date.now() - dayMs)
      const version = index % 2 === 0 || options.protocolVersion === undefined ? 4 : 5
      const topic = `drill/${ledger.device}/t`
      // Mosquitto takes 20 at once and closes on the next.
      return new Device(ledger, this.#random, {
        ...{ version, window: 15, packetIdMax: 65_535, isClean: false, topic },
        kinds: options.upstream.kinds,
      })
    })
  }

  async run(): Promise<BridgeDrillResult> {
    const started = performance.now()
    this.#proxy = await PacketProxy.start(this.#options.upstream.port)
    this.#hub = await HubProcess.start(this.#hubOptions)
    await this.#attach()
    await this.#untilStored(-1)
    this.#connectDevices()
    for (let round = 0; round < this.#options.rounds; round++) {
      // A bridge tries again after a while only; a broker that dies more often than that would never be met by it. In
      // every other round messages wait for it before it is back.
      if (round % 2 === 0) await this.#untilConnected()
      for (const device of this.#devices) device.publishMore(messagesPerRound)
      if (round % 2 === 1) await this.#untilConnected()
      await this.#harm(round)
    }
    const problems: string[] = []
    const verdicts = await this.#readBack(problems)
    return {
      verdicts: kinds.map((kind) => addUp(verdicts, kind)),
      problems,
      oddities: this.#devices.flatMap((device) => device.oddities),
      cuts: this.#cuts,
      unmet: this.#unmet,
      excused: this.#excused,
      seconds: (performance.now() - started) / 1000,
    }
  }

  async end(): Promise<void> {
    for (const device of this.#devices) device.cut()
    await (this.#hub as HubProcess | undefined)?.kill()
    await (this.#proxy as PacketProxy | undefined)?.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #attach(method = 'POST', path = '/integrations'): Promise<void> {
    const { protocolVersion, connections } = this.#options
    const share = connections > 1 ? '$share/drill/' : ''
    await this.#hub.request(method, path, {
      name: 'Drill',
      kind: 'bridge',
      topics: [{ filter: `${share}drill/{device}/t`, qos: 2 }],
      converter: this.#options.isScripted === true ? scriptedConverter : { type: 'json' },
      connection: { url: `mqtt://127.0.0.1:${this.#proxy.port}`, protocolVersion },
      connections,
    })
  }

  /** Only where it is the broker that dies. */
  async #untilConnected(): Promise<void> {
    if (this.#options.harm !== 'kill the broker') return
    for (const deadline = performance.now() + patienceMs; ; await sleep(20)) {
      const { state, sentence } = await this.#hub.get<BridgeHealth>('/integrations/drill/health')
      if (state === 'connected' || state === 'catching up') return
      if (performance.now() > deadline) throw new Error(`the bridge does not come back: ${sentence}`)
    }
  }

  #connectDevices(): void {
    for (const device of this.#devices) device.connect(this.#options.upstream.port)
  }

  async #harm(round: number): Promise<void> {
    const { harm, upstream } = this.#options
    if (harm === 'cut the connection') return this.#cutSomewhere(round)
    await sleep(this.#random.below(harmDelayMsMax))
    if (harm === 'kill the hub') {
      await (this.#random.chance(0.15) ? this.#hub.stop() : this.#hub.kill())
      this.#hub = await HubProcess.start(this.#hubOptions)
      return
    }
    const signal = upstream.keepsItsWord || round % 2 === 0 ? 'SIGKILL' : 'SIGTERM'
    await upstream.halt(signal)
    // Answers that were on their way when it died count as well, so only now is it known what it acknowledged.
    for (const device of this.#devices) device.cut()
    if (!upstream.keepsItsWord) this.#forgive(signal)
    await upstream.again()
    this.#connectDevices()
  }

  /** The broker may have lost what it acknowledged, and then nobody can store it: of a life that was ended with SIGKILL
   *  all that was acknowledged in it, of one that was ended in order only what was halfway at QoS 2. What an earlier
   *  life left on its disk, or had handed over, is judged. */
  #forgive(signal: 'SIGKILL' | 'SIGTERM'): void {
    for (const device of this.#devices) {
      const acknowledged = device.ledger.sent.filter((message) => message.isAcknowledged)
      const excused =
        signal === 'SIGTERM' ? device.halfway : acknowledged.filter((each) => !this.#kept.has(each))
      for (const message of excused) message.isAcknowledged = false
      this.#excused[signal] += excused.length
      for (const message of device.ledger.sent) if (message.isAcknowledged) this.#kept.add(message)
    }
  }

  async #cutSomewhere(round: number): Promise<void> {
    const place = cutPlaces[round % cutPlaces.length]!
    const when = this.#random.chance(0.5) ? 'before' : 'after'
    const isOfBeginning = ['connect', 'connack', 'subscribe', 'suback'].includes(place.packet)
    const skip = isOfBeginning ? 0 : this.#random.below(40)
    const cut = this.#proxy.cutAt({ ...place, skip, when })
    // A new version of the integration connects and subscribes anew, in the session that is there.
    if (isOfBeginning) await this.#attach('PUT', '/integrations/drill')
    const isMet = await Promise.race([cut.then(() => true), sleep(cutMsMax, false, { ref: false })])
    const name = `${when} ${place.packet}${place.qos === undefined ? '' : ` at QoS ${place.qos}`}`
    if (isMet) this.#cuts.set(name, (this.#cuts.get(name) ?? 0) + 1)
    else this.#unmet.push(name)
  }

  /** Everything in flight gets its last answer, a last message goes behind all others, and when that one is
   *  stored, everything is. */
  async #readBack(problems: string[]): Promise<Verdict[]> {
    const late = sleep(patienceMs, 'late', { ref: false })
    const drained = Promise.all(this.#devices.map((device) => device.drain(this.#options.upstream.port)))
    if ((await Promise.race([drained, late])) === 'late')
      throw new Error('the broker owes answers to devices')
    await this.#untilStored(this.#random.below(1_000_000_000))
    const seriesOf = new Map<string, StoredSeries>()
    for (const { ledger } of this.#devices) {
      const path = `/devices/${ledger.device}/series?keys=${kinds.join(',')}`
      seriesOf.set(ledger.device, (await this.#hub.get<{ series: StoredSeries }>(path)).series)
    }
    if (this.#options.isScripted === true) await addRejected(this.#hub, 'drill', seriesOf)
    return this.#devices.flatMap(({ ledger }) => judge(ledger, seriesOf.get(ledger.device)!, problems))
  }

  /** Publishes a mark at the broker again and again until the hub has it: all connections have to. */
  async #untilStored(mark: number): Promise<void> {
    const deadline = performance.now() + patienceMs
    const last = new Device(new Ledger(`last-${mark}`, Date.now() - dayMs), this.#random, {
      ...{ version: 4 as const, window: 1, packetIdMax: 100, isClean: true },
      topic: `drill/last-${this.#options.seed}-${mark}/t`,
      kinds: ['q1ts'],
    })
    last.publishMax = 0
    last.connect(this.#options.upstream.port)
    try {
      for (;;) {
        last.publishMore(1)
        await sleep(50)
        const { items } = await this.#hub.get<{ items: unknown[] }>(
          `/devices?search=last-${this.#options.seed}-${mark}`,
        )
        if (items.length > 0) return
        if (performance.now() > deadline) {
          const health = await this.#hub.get<BridgeHealth>('/integrations/drill/health')
          throw new Error(`what was published last is not stored: ${health.sentence}\n${this.#hub.printed}`)
        }
      }
    } finally {
      last.cut()
    }
  }
}

export function report(result: BridgeDrillResult, options: BridgeDrillOptions): string {
  const head = ['kind', 'sent', 'acknowledged', 'stored', 'missing', 'doubled', 'strange']
  const rows = result.verdicts.map((row) => {
    return [row.kind, row.sent, row.acknowledged, row.stored, row.missing, row.doubled, row.strange]
  })
  const lines = [head, ...rows].map((row) => row.map((cell) => String(cell).padStart(12)).join(' '))
  const { excused } = result
  const cuts = [...result.cuts].map(([place, count]) => `${place}: ${count}`)
  const { harm, rounds, seed, upstream } = options
  lines.push(
    `${harm}, ${upstream.name}, ${rounds} rounds in ${result.seconds.toFixed(0)} s, seed ${seed}`,
    ...(cuts.length > 0 ? [`cuts: ${cuts.join(', ')}`] : []),
    `not judged as missing: ${excused.SIGKILL} acknowledged in a life of the broker that SIGKILL ended, ` +
      `${excused.SIGTERM} halfway at QoS 2 when it ended in order`,
    ...result.oddities.map((line) => `odd: ${line}`),
    ...result.problems,
  )
  return lines.join('\n')
}

/** Why the drill failed; empty when the promise held. */
export function faults(result: BridgeDrillResult, { harm, upstream }: BridgeDrillOptions): string[] {
  const found: string[] = []
  const isBrokerHurt = harm === 'kill the broker'
  for (const { kind, acknowledged, missing, doubled, strange } of result.verdicts) {
    if (!upstream.kinds.includes(kind)) continue
    // A device that sends again at QoS 1 because the broker died makes a second message of it there. A broker
    // that lost its memory may deliver anything again; only a time in the payload helps then.
    const isNewEachTime = kind === 'q1plain' && !upstream.keepsIdentifiers
    const mayDouble =
      isNewEachTime ||
      (isBrokerHurt && (kind === 'q1plain' || (kind === 'q2plain' && !upstream.keepsItsWord)))
    if (acknowledged === 0) found.push(`${kind}: nothing was acknowledged, so nothing is proven`)
    if (missing > 0) found.push(`${kind}: ${missing} acknowledged messages are missing (I1)`)
    if (doubled > 0 && !mayDouble) found.push(`${kind}: ${doubled} are there twice (I2, I3)`)
    if (strange > 0) found.push(`${kind}: ${strange} rows that nobody sent`)
  }
  if (result.unmet.length > 0) found.push(`nothing was cut at: ${result.unmet.join(', ')}`)
  if (result.oddities.length > 0 && !isBrokerHurt) found.push('answers came that make no sense')
  return found
}
