// What the setup asks the hub: to try a connection, to listen, to read samples, to advise, to prove. Listening on a
// broker and on this hub's own endpoint tells different things; here they become one.
import { call, type AnswerOf, type Given } from '../../data/client.ts'
import { draftBody, type ConverterSpec, type Draft, type Sample, type Seen } from './draft.ts'

/** One thing that was tried, in order. */
export interface TestStep {
  step: string
  status: 'ok' | 'done' | 'warning' | 'failed' | 'skipped'
  ms: number | null
  sentence: string
  hint?: string | null
}

export const listenSeconds = 10
const pollMs = 500

type Listening = AnswerOf<'listened'>['listening']
type Facts = AnswerOf<'listened'>['facts']
type DraftBody = Given<'createIntegration'>['body']

/** Connects to the broker of a draft and says what happened; nothing is saved.
 *  @param seconds how long to listen afterwards; 0 not at all. */
export async function tryConnection(
  draft: Draft,
  seconds: number,
  signal: AbortSignal,
): Promise<{ steps: readonly TestStep[]; seen: Seen | undefined }> {
  const body = draftBody(draft, true) as DraftBody
  const given = {
    ...body,
    name: body.name === '' ? 'Draft' : body.name,
    topics: body.topics.length === 0 ? [{ filter: 'ackstone/test' }] : body.topics,
    listenSeconds: seconds,
    ...(draft.changes !== undefined && { integration: draft.changes }),
  }
  const { steps = [], listening } = await call('testIntegration', { body: given, signal })
  const hasListened = seconds > 0 && listening !== undefined
  return { steps, seen: hasListened ? seenOf(listening, factsOf(listening)) : undefined }
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
  const { id } = await call('listen', { body: { topics, converter: draft.converter }, signal })
  const started = performance.now()
  try {
    while (performance.now() - started < listenSeconds * 1000) {
      await new Promise((resolve) => setTimeout(resolve, pollMs))
      const { listening, facts } = await call('listened', { params: { id }, signal })
      onSeen(seenOf(listening, facts))
    }
  } finally {
    // Listening ends by itself soon after the last question; this only spares the hub the wait.
    await call('endListening', { params: { id } }).catch(() => undefined)
  }
}

/** A broker's samples are all that is known of its payloads. */
function factsOf({ samples, decoded, withTime }: Listening): Facts | undefined {
  if (samples.length === 0) return undefined
  const json = samples.filter(({ payload }) => payload !== null && isJson(payload)).length
  const withTs = decoded === 0 ? 0 : withTime / decoded
  return {
    json: json / samples.length,
    withTs,
    values: { cumulative: 0, delta: 0, other: 1 },
    looked: samples.length,
  }
}

function seenOf(listening: Listening, facts: Facts | undefined): Seen {
  const { seconds, messages, topics, publishQos, retained, bytes, samples } = listening
  const isKnown = facts !== undefined && facts.looked > 0
  return {
    at: new Date().toISOString(),
    seconds,
    messages,
    topics,
    perSecond: seconds === 0 ? 0 : messages / seconds,
    bytesMean: messages === 0 ? 0 : bytes / messages,
    publishQos,
    retained,
    json: isKnown ? facts.json : undefined,
    withTs: isKnown ? facts.withTs : undefined,
    cumulative: isKnown ? facts.values.cumulative : undefined,
    delta: isKnown ? facts.values.delta : undefined,
    samples,
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

export type Advice = AnswerOf<'advice'>
export type AdviceLevel = Advice['levels'][number]
type AdviceRequest = NonNullable<Given<'advice'>['body']>
export type AdviceAnswers = NonNullable<AdviceRequest['answers']>

export function askAdvice(
  seen: Seen | undefined,
  answers: AdviceAnswers,
  signal: AbortSignal,
): Promise<Advice> {
  const statistics = seen === undefined || seen.messages === 0 ? undefined : statisticsOf(seen)
  return call('advice', { body: { answers, ...(statistics !== undefined && { statistics }) }, signal })
}

function statisticsOf(seen: Seen): NonNullable<AdviceRequest['statistics']> {
  const { perSecond, bytesMean, publishQos, topics, withTs, cumulative, delta } = seen
  const hasValues = cumulative !== undefined && delta !== undefined
  return {
    ...{ perSecond, bytesMean, publishQos, topics },
    ...(withTs !== undefined && { withTs }),
    ...(hasValues && { values: { cumulative, delta, other: Math.max(0, 1 - cumulative - delta) } }),
  }
}

export interface OptionSchema {
  type?: string
  enum?: string[]
  description?: string
  default?: unknown
}

/** JSON schema of a converter's options. */
export interface OptionsSchema {
  properties?: Record<string, OptionSchema>
  required?: string[]
}

export async function detectConverter(
  { topics }: Draft,
  samples: readonly Sample[],
  signal: AbortSignal,
): Promise<AnswerOf<'detectConverter'>['candidates']> {
  const filters = topics.map(({ filter }) => withoutShare(filter)).filter((filter) => filter !== '')
  const given = samples.map((sample) => ({ topic: sample.topic, qos: sample.qos, ...payloadOf(sample) }))
  return (await call('detectConverter', { body: { samples: given, filters }, signal })).candidates
}

export type SampleResult = AnswerOf<'testConverter'>['samples'][number]
export type SampleInput = Pick<Sample, 'topic' | 'payload' | 'payloadBase64'>

/** Reads samples with the converter of a draft, as the integration would; nothing is saved.
 *  @returns one for each sample; undefined where no filter takes its topic. */
export async function readSamples(
  { converter, topics }: Draft,
  samples: readonly SampleInput[],
  signal: AbortSignal,
): Promise<(SampleResult | undefined)[]> {
  const results: (SampleResult | undefined)[] = samples.map(() => undefined)
  // A request is for one filter, whose names count; the first that takes a topic reads it.
  for (const { filter } of topics) {
    const mine = samples.flatMap(({ topic }, index) =>
      results[index] === undefined && matchesTopic(filter, topic) ? [index] : [],
    )
    if (mine.length === 0) continue
    const given = mine.map((index) => ({ topic: samples[index].topic, ...payloadOf(samples[index]) }))
    const body = { converter, filter: withoutShare(filter), samples: given }
    const answer = await call('testConverter', { body, signal })
    for (const [at, index] of mine.entries()) results[index] = answer.samples[at]
  }
  return results
}

function payloadOf({
  payload,
  payloadBase64,
}: Pick<Sample, 'payload' | 'payloadBase64'>): { payload: string } | { payloadBase64: string } {
  return payload === null ? { payloadBase64: payloadBase64 ?? '' } : { payload }
}

function withoutShare(filter: string): string {
  return filter.trim().replace(/^\$share\/[^/]*\//, '')
}

/** Whether a filter with names takes a topic. */
function matchesTopic(filter: string, topic: string): boolean {
  const levels = withoutShare(filter).split('/')
  const parts = topic.split('/')
  for (const [index, level] of levels.entries()) {
    if (level === '#') return true
    const part = parts[index]
    const isAny = level === '+' || /^\{\w+\}$/.test(level)
    if (part === undefined || (!isAny && level !== part)) return false
  }
  return levels.length === parts.length
}

export type Proof = AnswerOf<'proveIntegration'>

/** Publishes a message of a device that is thrown away again, over MQTT, and reads it back. */
export function prove(draft: Draft, signal: AbortSignal): Promise<Proof> {
  return call('proveIntegration', { body: draftBody(draft, true) as DraftBody, signal })
}

export function save(draft: Draft, enabled: boolean): Promise<AnswerOf<'createIntegration'>> {
  const body = draftBody(draft, enabled) as DraftBody
  if (draft.changes === undefined) return call('createIntegration', { body })
  return call('replaceIntegration', { params: { id: draft.changes }, body })
}

/** The same converter with an option set, or left out where it is empty. */
export function withOption(spec: ConverterSpec, name: string, value: unknown): ConverterSpec {
  const { [name]: _, ...others } = spec
  const isEmpty = value === undefined || value === ''
  return { ...others, type: spec.type, ...(!isEmpty && { [name]: value }) }
}
