// A broker is tried before anything is set up: name, port, certificate, CONNECT, SUBSCRIBE, then listening for
// a while. Every step says what was found, and a failure what to do. With a client identifier of its own and
// without shared groups, so that nobody's session or share is disturbed.
import { AckstoneError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import {
  Listening,
  type ListenedConversion,
  type ListenedMessage,
  type ListeningResult,
} from '../lib/listening.ts'
import type { ConnackPacket, PacketQos } from '../mqtt/packet.ts'
import { reasonCode, reasonNames } from '../mqtt/reason.ts'
import { overlap, parseSharedFilter } from '../mqtt/topic.ts'
import { lookUp, probeTcp, probeTls, type ShownCertificate } from '../transport/probe.ts'
import { isAddress, isLoopbackAddress } from '../lib/addresses.ts'
import { Client } from './client.ts'
import { connackWarnings, limitsSentence } from './connack-limits.ts'
import { causeText, explainFailure, noTlsAnswer, systemExplanation, type Explanation } from './explain.ts'
import { clientSettings, type ClientOptions, type ClientSettings } from './options.ts'

const stepNames = ['dns', 'tcp', 'tls', 'connect', 'subscribe', 'listen'] as const
export type StepName = (typeof stepNames)[number]

export interface ExaminationStep {
  step: StepName
  status: 'ok' | 'warning' | 'failed' | 'skipped'
  ms: number
  sentence: string
  hint: string | null
  /** The broker answered, and said no. */
  isRefused?: boolean
}

export interface GrantedFilter {
  filter: string
  asked: PacketQos
  /** Null when the broker refused. */
  granted: PacketQos | null
}

export interface Examination {
  steps: ExaminationStep[]
  filters: GrantedFilter[]
  listening: ListeningResult | undefined
}

export interface ExaminationOptions {
  /** How the broker is reached; its client identifier is not used. */
  client: ClientOptions
  /** As the broker hears them. */
  topics: readonly { filter: string; qos: PacketQos }[]
  /** 0: no listening. */
  listenSeconds: number
  convert?: (message: ListenedMessage) => ListenedConversion | null
  clock: Clock
  random: (below: number) => number
}

const stepMsMax = 10_000
const msPerDay = 86_400_000
const daysLeftWarning = 21

/** Runs all steps; never rejects for what the broker does. @throws URL_INVALID */
export async function examineBroker(options: ExaminationOptions): Promise<Examination> {
  return new Examiner(options).run()
}

type Found = Omit<ExaminationStep, 'step' | 'ms'>

class Examiner {
  readonly #options: ExaminationOptions
  readonly #settings: ClientSettings
  readonly #clientId: string
  readonly #steps: ExaminationStep[] = []
  readonly #filters: GrantedFilter[] = []
  #client: Client | undefined
  #listening: Listening | undefined
  #result: ListeningResult | undefined

  constructor(options: ExaminationOptions) {
    this.#options = options
    this.#settings = clientSettings(options.client)
    this.#clientId = `ackstone-test-${options.random(1_000_000_000).toString(36)}`
  }

  async run(): Promise<Examination> {
    const works: Record<StepName, () => Promise<Found>> = {
      dns: () => this.#lookUp(),
      tcp: () => this.#reach(),
      tls: () => this.#shakeHands(),
      connect: () => this.#connect(),
      subscribe: () => this.#subscribe(),
      listen: () => this.#listen(),
    }
    let hasFailed = false
    for (const step of stepNames) {
      const startedMs = this.#options.clock.monotonicMs()
      const found: Found = hasFailed ? skipped('A step before it failed.') : await works[step]()
      hasFailed ||= found.status === 'failed'
      this.#steps.push({ step, ms: Math.round(this.#options.clock.monotonicMs() - startedMs), ...found })
    }
    await this.#client?.end()
    return { steps: this.#steps, filters: this.#filters, listening: this.#result }
  }

  async #lookUp(): Promise<Found> {
    const { host } = this.#settings
    if (isAddress(host)) return skipped(`${host} is an address; there is no name to look up.`)
    try {
      const addresses = await lookUp(host)
      return fine(`${host} is ${addresses.slice(0, 3).join(', ')}${addresses.length > 3 ? ', …' : ''}.`)
    } catch (error) {
      return failure(error, `The name ${host} can’t be looked up`)
    }
  }

  async #reach(): Promise<Found> {
    const { host, port } = this.#settings
    try {
      await probeTcp(host, port, stepMsMax)
      return fine(`Port ${port} is open.`)
    } catch (error) {
      return failure(error, `Port ${port} of ${host} can’t be connected to`)
    }
  }

  async #shakeHands(): Promise<Found> {
    const { host, port, route } = this.#settings
    if (route.transport !== 'tls' && route.transport !== 'wss') {
      const sentence = 'The connection is not encrypted: passwords and messages can be read on the way.'
      return isHere(host)
        ? skipped('No TLS; the broker is on this machine.')
        : warning(sentence, 'Use mqtts or wss if the broker has it.')
    }
    try {
      return this.#judge(await probeTls(host, port, route.tls ?? {}, stepMsMax))
    } catch (error) {
      const isSilent = error instanceof Error && 'code' in error && error.code === 'ETIMEDOUT'
      return failure(error, `There is no TLS at ${host}:${port}`, isSilent ? noTlsAnswer : undefined)
    }
  }

  #judge({ protocol, subject, issuer, validToMs, problem }: ShownCertificate): Found {
    const days = Math.floor((validToMs - this.#options.clock.nowUs() / 1000) / msPerDay)
    const facts = `${protocol}, certificate of ${subject || 'nobody'}, issued by ${issuer || 'nobody'}, ${
      days < 0 ? `expired ${-days} days ago` : `expires in ${days} days`
    }.`
    if (problem !== undefined) {
      const { sentence, hint } = systemExplanation(problem) ?? { sentence: `${problem.message}.`, hint: null }
      const isIgnored = this.#settings.route.tls?.isInsecure === true
      const status = isIgnored ? 'warning' : 'failed'
      const note = isIgnored
        ? ' It is not verified, so anybody in between can read and change everything.'
        : ''
      return { status, sentence: `${facts} ${sentence}${note}`, hint }
    }
    if (days < daysLeftWarning) return warning(facts, 'Renew the broker’s certificate before it expires.')
    return fine(facts)
  }

  async #connect(): Promise<Found> {
    const { cleanStart = false, sessionExpiryInterval = 0 } = this.#options.client
    try {
      // A session is only asked for while nothing is subscribed: if we vanish, nothing is kept for us.
      const asking = await this.#open(cleanStart ? 0 : sessionExpiryInterval)
      const { connack, protocolVersion } = asking
      if (protocolVersion === 5 && !cleanStart && sessionExpiryInterval > 0) {
        await asking.end(0, { sessionExpiryInterval: 0 })
        this.#client = await this.#open(0)
      } else this.#client = asking
      const sentence = limitsSentence(
        connack,
        protocolVersion,
        cleanStart ? undefined : sessionExpiryInterval,
      )
      return this.#warn(connack, sentence)
    } catch (error) {
      if (!(error instanceof AckstoneError)) throw error
      return this.#refused(error)
    }
  }

  async #open(sessionExpiryInterval: number): Promise<Client> {
    const { client: options, clock } = this.#options
    const client = new Client(
      clientSettings({
        ...options,
        ...{ clientId: this.#clientId, cleanStart: true, sessionExpiryInterval, connectTimeoutMs: stepMsMax },
        clock,
        onMessage: (packet, acknowledge) => {
          this.#listening?.add(packet, clock.nowUs())
          acknowledge()
        },
      }),
    )
    await client.connected
    return client
  }

  #refused(error: AckstoneError): Found {
    const { sentence, hint } = explainFailure(error)
    const code = Number(error.details['reasonCode'])
    const isAboutUs = [2, 5, reasonCode.clientIdentifierNotValid, reasonCode.notAuthorized].includes(code)
    const note = ` This test uses the client identifier ${this.#clientId}; a broker may allow certain ones only.`
    const isRefused = error.code === 'CONNECT_REFUSED'
    return {
      status: 'failed',
      sentence,
      hint: isAboutUs ? hint + note : hint,
      ...(isRefused && { isRefused }),
    }
  }

  #warn(connack: ConnackPacket, sentence: string): Found {
    const { topics, client } = this.#options
    const warnings = connackWarnings(
      connack,
      topics,
      client.cleanStart === true ? 0 : client.sessionExpiryInterval,
    )
    return warnings.length === 0 ? fine(sentence) : warning(sentence, warnings.join(' '))
  }

  async #subscribe(): Promise<Found> {
    const { topics, listenSeconds } = this.#options
    if (topics.length === 0) return skipped('No topic filter was given.')
    const asked = topics.map(({ filter, qos }) => ({
      filter: parseSharedFilter(filter)?.filter ?? filter,
      qos,
    }))
    if (listenSeconds > 0) this.#listening = new Listening(this.#options.convert)
    const late = Promise.withResolvers<undefined>()
    const timer = this.#options.clock.after(stepMsMax, () => late.resolve(undefined))
    try {
      const codes = await Promise.race([this.#client!.subscribe(asked), late.promise])
      if (codes === undefined) return unanswered
      for (const [at, { filter, qos }] of topics.entries()) {
        const code = codes[at] ?? 0x80
        this.#filters.push({ filter, asked: qos, granted: code < 0x80 ? (code as PacketQos) : null })
      }
      return subscribed(this.#filters, codes, overlapping(topics))
    } catch (error) {
      if (!(error instanceof AckstoneError)) throw error
      const hint =
        'A broker that hangs up here often forbids the filter or its QoS: try a narrower one, at QoS 0.'
      return { status: 'failed', sentence: explainFailure(error).sentence, hint }
    } finally {
      timer.cancel()
    }
  }

  async #listen(): Promise<Found> {
    const { topics, listenSeconds, clock } = this.#options
    const listening = this.#listening
    if (listening === undefined) return skipped('Not asked for.')
    const client = this.#client!
    const granted = this.#filters.filter((each) => each.granted !== null)
    // Only who listens with QoS 2 sees what was published with it.
    const seenMax = client.connack.properties?.maximumQos ?? 2
    const filters = granted.map(({ filter }) => parseSharedFilter(filter)?.filter ?? filter)
    const timeUp = Promise.withResolvers<undefined>()
    clock.after(listenSeconds * 1000, () => timeUp.resolve(undefined))
    const raised = client
      .subscribe(filters.map((filter) => ({ filter, qos: seenMax, retainHandling: 2 as const })))
      .then((codes) => Math.min(seenMax, ...codes.filter((code) => code < 0x80)) as PacketQos)
    const lost = await Promise.race([timeUp.promise, client.closed])
    const selectedMax = Math.max(0, ...granted.map(({ granted: qos }) => qos ?? 0)) as PacketQos
    const qosSeenMax = await raised.catch((error: unknown) => {
      if (!(error instanceof AckstoneError)) throw error
      return selectedMax
    })
    this.#result = listening.result(listenSeconds, qosSeenMax)
    if (lost !== undefined) return { status: 'failed', ...explainFailure(lost) }
    return heard(this.#result, topics.length)
  }
}

const unanswered: Found = {
  status: 'failed',
  sentence: `The broker does not answer SUBSCRIBE within ${stepMsMax / 1000} s.`,
  hint: 'Look at the broker’s log: some do not answer what they forbid. Try a narrower filter, at QoS 0.',
}

function subscribed(
  filters: readonly GrantedFilter[],
  codes: readonly number[],
  overlaps: string | undefined,
): Found {
  const parts = filters.map(({ filter, asked, granted }, at) => {
    if (granted !== null) return `${filter}: asked ${asked}, granted ${granted}`
    return `${filter}: refused, ${reasonNames.get(codes[at] ?? 0x80) ?? 'without a reason'}`
  })
  const sentence = `${parts.join('; ')}.`
  const refused = filters.filter(({ granted }) => granted === null).length
  const hint = 'Check what the broker allows this user to read, and what kinds of filters it takes.'
  if (refused === filters.length) return { status: 'failed', sentence, hint }
  if (refused > 0) return warning(sentence, hint)
  const isLess = filters.some(({ asked, granted }) => granted! < asked)
  if (overlaps !== undefined) return warning(sentence, overlaps)
  return isLess
    ? warning(sentence, 'The lower QoS is what counts between this broker and Ackstone.')
    : fine(sentence)
}

/** Whether one message may come twice because two filters match it; a sentence. */
function overlapping(topics: readonly { filter: string }[]): string | undefined {
  const plain = topics.map(({ filter }) => parseSharedFilter(filter)?.filter ?? filter)
  for (const [at, filter] of plain.entries()) {
    const other = plain.slice(0, at).find((each) => overlap(each, filter))
    if (other === undefined) continue
    return `The filters ${other} and ${filter} overlap: some brokers deliver what matches both twice. Make them apart.`
  }
  return undefined
}

function heard(result: ListeningResult, filters: number): Found {
  const { messages, topics, retained, seconds, publishQos, tried, decoded, withTime } = result
  if (messages === 0) {
    const hint = `Check the filter${filters === 1 ? '' : 's'}, or wait until something is published.`
    return warning(`Nothing came in ${seconds} s.`, hint)
  }
  const live = publishQos.qos0 + publishQos.qos1 + publishQos.qos2
  const share = (part: number, whole: number): string =>
    `${whole === 0 ? 0 : Math.round((part / whole) * 100)} %`
  const byQos = [publishQos.qos0, publishQos.qos1, publishQos.qos2].map(
    (n, qos) => `${qos}: ${share(n, live)}`,
  )
  const read =
    tried === 0 ? '' : ` ${share(decoded, tried)} can be read, ${share(withTime, tried)} carry a time.`
  const came = `${counted(messages, 'message')} on ${counted(topics, 'topic')} in ${seconds} s, ${retained} retained`
  const sentence = `${came}; published at QoS ${byQos.join(', ')}.${read}`
  if (tried > 0 && decoded === 0) {
    return warning(sentence, 'The converter reads none of them: choose another, the samples show why.')
  }
  return fine(sentence)
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function isHere(host: string): boolean {
  return host === 'localhost' || (isAddress(host) && isLoopbackAddress(host))
}

function fine(sentence: string): Found {
  return { status: 'ok', sentence, hint: null }
}

function warning(sentence: string, hint: string): Found {
  return { status: 'warning', sentence, hint }
}

function skipped(sentence: string): Found {
  return { status: 'skipped', sentence, hint: null }
}

function failure(
  error: unknown,
  what: string,
  known: Explanation | undefined = systemExplanation(error),
): Found {
  return {
    status: 'failed',
    sentence: `${what}: ${causeText(error)}.${known === undefined ? '' : ` ${known.sentence}`}`,
    hint: known?.hint ?? 'Check the address.',
  }
}
