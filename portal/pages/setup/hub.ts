// What the setup asks the hub: to try a connection, to listen, to read samples, to advise, to prove. Listening on a
// broker and on this hub's own endpoint is answered in two forms; here they become one.
import { request } from '../../data/client.ts'
import { draftBody, type ConverterSpec, type Draft, type Qos, type Sample, type Seen } from './draft.ts'

const api = '/api/v1'

/** One thing that was tried, in order. */
export interface TestStep {
  step: string
  status: 'ok' | 'warning' | 'failed' | 'skipped'
  ms: number | null
  sentence: string
  hint: string | null
}

export const listenSeconds = 10
const pollMs = 500

async function ask<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await request(method, `${api}${path}`, {
    ...(body !== undefined && { body }),
    ...(signal !== undefined && { signal }),
  })
  return (response.status === 204 ? undefined : await response.json()) as T
}

interface BrokerListening {
  seconds: number
  messages: number
  topics: number
  publishQos: { qos0: number; qos1: number; qos2: number }
  retained: number
  bytes: number
  decoded: number
  withTime: number
  samples: Sample[]
}

/** Connects to the broker of a draft and says what happened; nothing is saved.
 *  @param seconds how long to listen afterwards; 0 not at all. */
export async function tryConnection(
  draft: Draft,
  seconds: number,
  signal: AbortSignal,
): Promise<{ steps: TestStep[]; seen: Seen | undefined }> {
  const body = draftBody(draft, true)
  const topics = body['topics'] as unknown[]
  const given = {
    ...body,
    name: draft.name.trim() === '' ? 'Draft' : draft.name.trim(),
    topics: topics.length === 0 ? [{ filter: 'ackstone/test', qos: 0 }] : topics,
    listenSeconds: seconds,
  }
  const answer = await ask<{ steps: TestStep[]; listening?: BrokerListening | null }>(
    'POST',
    '/integrations/test',
    given,
    signal,
  )
  const { steps, listening } = answer
  return { steps, seen: seconds > 0 && listening ? seenAtBroker(listening) : undefined }
}

function seenAtBroker(listening: BrokerListening): Seen {
  const { seconds, messages, bytes, decoded, withTime } = listening
  const json = listening.samples.filter(({ payload }) => payload !== null && isJson(payload)).length
  return {
    at: new Date().toISOString(),
    seconds,
    messages,
    topics: listening.topics,
    perSecond: seconds === 0 ? 0 : messages / seconds,
    bytesMean: messages === 0 ? 0 : bytes / messages,
    publishQos: listening.publishQos,
    retained: listening.retained,
    json: listening.samples.length === 0 ? undefined : json / listening.samples.length,
    withTs: decoded === 0 ? undefined : withTime / decoded,
    cumulative: undefined,
    delta: undefined,
    samples: listening.samples,
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    // That is the answer.
    return false
  }
}

interface HereListening {
  samples: Sample[]
  statistics: Omit<Seen, 'at' | 'samples' | 'cumulative' | 'delta'> & {
    values?: { cumulative: number; delta: number } | undefined
  }
}

/** Listens on this hub's own endpoint; calls back with what has come so far. */
export async function listenHere(
  draft: Draft,
  signal: AbortSignal,
  onSeen: (seen: Seen) => void,
): Promise<void> {
  const topics = draft.topics
    .map(({ filter }) => ({ filter: filter.trim() }))
    .filter(({ filter }) => filter !== '')
  const { id } = await ask<{ id: string }>(
    'POST',
    '/listening',
    { topics, converter: draft.converter },
    signal,
  )
  const started = performance.now()
  try {
    while (performance.now() - started < listenSeconds * 1000) {
      await new Promise((resolve) => setTimeout(resolve, pollMs))
      const { samples, statistics } = await ask<HereListening>('GET', `/listening/${id}`, undefined, signal)
      const { values, ...figures } = statistics
      onSeen({
        ...figures,
        at: new Date().toISOString(),
        cumulative: values?.cumulative,
        delta: values?.delta,
        samples,
      })
    }
  } finally {
    // Listening ends by itself soon after the last question; this only spares the hub the wait.
    await ask('DELETE', `/listening/${id}`).catch(() => undefined)
  }
}

export interface AdviceAnswers {
  kind?: 'direct' | 'bridge'
  lossMatters?: 'fine' | 'hole' | 'unacceptable'
  repeatsMatter?: 'harmless' | 'wrong'
  hasTs?: boolean
  ratePerSecond?: number
  devices?: number
  link?: 'lan' | 'cellular' | 'battery'
}

export interface AdviceLevel {
  qos: Qos
  packetsPerReading: number
  bytesPerReading: number
  bytesPerDay: number | null
  ackDelay: string
  canBeLost: string
  canBeRepeated: string
}

export interface Advice {
  recommended: Qos
  because: string[]
  warnings: string[]
  levels: AdviceLevel[]
}

export function askAdvice(
  seen: Seen | undefined,
  answers: AdviceAnswers,
  signal: AbortSignal,
): Promise<Advice> {
  const statistics = seen === undefined || seen.messages === 0 ? undefined : statisticsOf(seen)
  return ask('POST', '/advice', { ...(statistics !== undefined && { statistics }), answers }, signal)
}

function statisticsOf(seen: Seen): Record<string, unknown> {
  const { samples: _, at: __, cumulative, delta, ...figures } = seen
  const values =
    cumulative === undefined || delta === undefined
      ? undefined
      : { cumulative, delta, other: Math.max(0, 1 - cumulative - delta) }
  return { ...figures, ...(values !== undefined && { values }) }
}

export interface ConverterKind {
  type: string
  title: string
  about: string
  topics: string[]
  /** JSON schema of its options. */
  options: OptionsSchema
}

export interface OptionSchema {
  type?: string
  enum?: string[]
  const?: unknown
  description?: string
  default?: unknown
}

export interface OptionsSchema {
  properties?: Record<string, OptionSchema>
  required?: string[]
}

export async function askConverters(signal: AbortSignal): Promise<ConverterKind[]> {
  return (await ask<{ items: ConverterKind[] }>('GET', '/converters', undefined, signal)).items
}

export interface Candidate {
  type: string
  options: Record<string, unknown>
  /** 0 to 1. */
  score: number
  why: string[]
}

export async function detectConverter(samples: readonly Sample[], signal: AbortSignal): Promise<Candidate[]> {
  const given = samples.map((sample) => ({ topic: sample.topic, qos: sample.qos, ...payloadOf(sample) }))
  return (await ask<{ candidates: Candidate[] }>('POST', '/converters/detect', { samples: given }, signal))
    .candidates
}

export interface SampleResult {
  topic?: string
  matches?: boolean
  qos?: Qos
  readings: { device: string; key: string; ts: number | null; value: unknown }[]
  error: { code: string; reason: string } | null
}

/** Reads samples with the converter of a draft, as the integration would; nothing is saved. */
export async function readSamples(
  draft: Draft,
  samples: readonly SampleInput[],
  signal: AbortSignal,
): Promise<SampleResult[]> {
  const { converter, topics } = draft
  const results: SampleResult[] = []
  // One filter is tried with a request: the first that matches a topic gives its names.
  for (const { filter } of topics) {
    const mine = samples.filter(({ topic }) => matchesTopic(filter, topic))
    if (mine.length === 0) continue
    const body = {
      converter,
      filter: filter.trim().replace(/^\$share\/[^/]*\//, ''),
      samples: mine.map((sample) => ({ topic: sample.topic, ...payloadOf(sample) })),
    }
    const answer = await ask<{ samples: SampleResult[] }>('POST', '/converters/test', body, signal)
    results.push(...answer.samples.map((result, index) => ({ ...result, topic: mine[index]?.topic ?? '' })))
  }
  return results
}

export type SampleInput = Pick<Sample, 'topic' | 'payload' | 'payloadBase64'>

function payloadOf({
  payload,
  payloadBase64,
}: Pick<Sample, 'payload' | 'payloadBase64'>): Record<string, string> {
  return payload === null ? { payloadBase64: payloadBase64 ?? '' } : { payload }
}

/** Whether a filter with names takes a topic. */
export function matchesTopic(filter: string, topic: string): boolean {
  const levels = filter
    .trim()
    .replace(/^\$share\/[^/]*\//, '')
    .split('/')
  const parts = topic.split('/')
  for (const [index, level] of levels.entries()) {
    if (level === '#') return true
    const part = parts[index]
    if (part === undefined || (level !== '+' && !/^\{\w+\}$/.test(level) && level !== part)) return false
  }
  return levels.length === parts.length
}

export interface Proof {
  ok: boolean
  steps: TestStep[]
}

/** Publishes a message of a device that is thrown away again, over MQTT, and reads it back. */
export function prove(draft: Draft, signal: AbortSignal): Promise<Proof> {
  return ask('POST', '/integrations/prove', draftBody(draft, true), signal)
}

export interface SavedIntegration {
  id: string
  name: string
}

export function save(draft: Draft, enabled: boolean): Promise<SavedIntegration> {
  const body = draftBody(draft, enabled)
  return draft.changes === undefined
    ? ask('POST', '/integrations', body)
    : ask('PUT', `/integrations/${encodeURIComponent(draft.changes)}`, body)
}

/** The same converter with an option set, or left out where it is empty. */
export function withOption(spec: ConverterSpec, name: string, value: unknown): ConverterSpec {
  const { [name]: _, ...others } = spec
  return value === undefined || value === ''
    ? { ...others, type: spec.type }
    : { ...others, type: spec.type, [name]: value }
}
