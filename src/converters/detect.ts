// Which converter fits messages that somebody has seen: each kind reads them with the options it may need, and is
// scored by its topics, by what it can read, and by whether devices and times come out. Proposals, best first.
import type { Message } from '../model/message.ts'
import { JsonText } from '../model/reading.ts'
import type { ConverterKind } from './converter-kind.ts'
import { ConversionError, type Converter, type TopicCaptures } from './converter.ts'
import { createConverter } from './create-converter.ts'
import { converterKinds } from './kinds.ts'
import { draftMapping, type Draft } from './mapping/draft-mapping.ts'
import type { Readings } from './readings.ts'
import { ScratchConversation } from './scratch-conversation.ts'

export interface Candidate {
  type: string
  /** Options that differ from their defaults. */
  options: Record<string, unknown>
  /** From 0 to 1. */
  score: number
  /** Full sentences. */
  why: string[]
}

/** Messages that are looked at; more would tell nothing more. */
export const detectSamplesMax = 20
/** Proposals below are no help. */
const scoreMin = 0.25
/** The topic and the reading itself say most, device and time less: many conventions have neither. */
const weights = { topic: 0.35, read: 0.35, device: 0.15, ts: 0.15 }
/** A draft fits any topic, and less than a kind that needs nothing said. */
const draftedTopicFit = 0.2
/** A sender that no payload names. */
const nobody = '\u0001'

/** What one kind makes of the samples, each a share from 0 to 1. */
interface Trial {
  options: Record<string, unknown>
  topic: number
  read: number
  device: number
  ts: number
  /** Samples without a fault. */
  decoded: number
  readings: number
  /** Why the first sample that could not be read could not be. */
  fault: string | undefined
}

/** What the filters that took a topic say of it. */
export type CapturesOf = (topic: string) => TopicCaptures

const noCaptures: CapturesOf = () => ({ device: undefined, key: undefined })

/** @param newReadings a place for what is tried out. */
export function detectConverters(
  samples: readonly Message[],
  newReadings: () => Readings,
  capturesOf: CapturesOf = noCaptures,
): Candidate[] {
  const tried = samples.slice(0, detectSamplesMax).map((message) => ({ ...message, device: nobody }))
  const draft = draftMapping(
    tried,
    tried.every(({ topic }) => capturesOf(topic).device !== undefined),
  )
  const candidates: Candidate[] = []
  for (const kind of converterKinds) {
    const drafted = kind.type === draft?.type ? draft : undefined
    if (kind.topicFit === undefined && drafted === undefined) continue
    let best: Trial | undefined
    for (const options of variantsOf(kind, drafted)) {
      const trial = tryKind(kind, options, tried, {
        out: newReadings(),
        capturesOf,
        isDrafted: options === drafted?.options,
      })
      if (best === undefined || scoreOf(trial) > scoreOf(best)) best = trial
    }
    // A convention is known by its topics even where a sample relies on messages before it.
    if (best === undefined || (best.read === 0 && best.topic < 1)) continue
    const score = scoreOf(best)
    if (score < scoreMin) continue
    const told = best.options === drafted?.options ? drafted.why : optionSentences(best.options)
    const reasons = [...why(kind, best, tried.length), ...told]
    candidates.push({ type: kind.type, options: best.options, score, why: reasons })
  }
  return candidates.toSorted((a, b) => b.score - a.score)
}

/** A kind that nobody can guess is tried as drafted, or not at all. */
function variantsOf({ topicFit, variants = [{}] }: ConverterKind, drafted: Draft | undefined) {
  const own = topicFit === undefined ? [] : variants
  return drafted === undefined ? own : [...own, drafted.options]
}

function scoreOf({ topic, read, device, ts }: Trial): number {
  const sum = topic * weights.topic + read * weights.read + device * weights.device + ts * weights.ts
  return Math.round(sum * 100) / 100
}

/** Where samples are tried, and what is known of their topics. */
interface Place {
  out: Readings
  capturesOf: CapturesOf
  isDrafted: boolean
}

function tryKind(
  kind: ConverterKind,
  options: Record<string, unknown>,
  samples: readonly Message[],
  place: Place,
): Trial {
  const converter = createConverter({ type: kind.type, ...options })
  const conversation = new ScratchConversation()
  const trial: Trial = {
    options,
    topic: 0,
    read: 0,
    device: 0,
    ts: 0,
    decoded: 0,
    readings: 0,
    fault: undefined,
  }
  for (const message of samples) {
    const fit = place.isDrafted ? draftedTopicFit : (kind.topicFit?.(message.topic) ?? 0)
    trial.topic += fit
    if (fit > 0) trySample({ kind, converter, conversation, ...place }, message, trial)
  }
  if (trial.readings === 0) trial.read = 0
  const count = Math.max(1, samples.length)
  const readings = Math.max(1, trial.readings)
  return {
    ...trial,
    topic: trial.topic / count,
    read: trial.read / count,
    device: trial.device / readings,
    ts: trial.ts / readings,
  }
}

interface Attempt extends Place {
  kind: ConverterKind
  converter: Converter
  conversation: ScratchConversation
}

function trySample(attempt: Attempt, message: Message, trial: Trial): void {
  const { kind, converter, conversation, out, capturesOf } = attempt
  out.reset(message.receivedTs)
  const captures = capturesOf(message.topic)
  const key = captures.key ?? (kind.isOneValue === true ? message.topic.split('/').at(-1) : undefined)
  try {
    converter.decode(message, { device: captures.device, key }, out, conversation)
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error
    trial.fault ??= error.message
    return
  }
  // A document is a text too, but whoever sends one means more by it.
  if (kind.isOneValue === true && looksLikeDocument(message)) return
  trial.decoded++
  let isWhole = true
  trial.readings += out.count
  for (let i = 0; i < out.count; i++) {
    const value = out.values[i]
    if (value instanceof JsonText && /^\[\s*\{/.test(value.text)) isWhole = false
    if (out.devices[i] !== nobody) trial.device++
    if (!Number.isNaN(out.ts[i])) trial.ts++
  }
  // A list of objects that stays JSON can't be drawn or compared.
  trial.read += isWhole ? 1 : 0.5
}

function looksLikeDocument({ source, payloadStart, payloadEnd }: Message): boolean {
  const text = source.toString('latin1', payloadStart, Math.min(payloadEnd, payloadStart + 64)).trimStart()
  return text.startsWith('{') || text.startsWith('[') || /[\0-\x08\x0e-\x1f]/.test(text)
}

function why(kind: ConverterKind, trial: Trial, count: number): string[] {
  const sentences: string[] = []
  if (trial.topic === 1) sentences.push(`The topics are those of ${kind.title}.`)
  else if (trial.topic > 0.5) sentences.push(`Most of the topics are those of ${kind.title}.`)
  const read = trial.decoded
  const readings = `${trial.readings} ${trial.readings === 1 ? 'reading' : 'readings'}`
  if (read === count) {
    sentences.push(
      count === 1
        ? `The sample can be read, and gives ${readings}.`
        : `All ${count} samples can be read, and give ${readings}.`,
    )
  } else {
    const fault = trial.fault === undefined ? '' : ` The first that can’t: ${trial.fault}`
    sentences.push(`${read} of ${count} ${count === 1 ? 'sample' : 'samples'} can be read.${fault}`)
  }
  if (trial.device === 1) sentences.push('Topic or payload name the device.')
  else if (trial.device === 0 && trial.readings > 0) {
    sentences.push('Nothing names the device: call a level of the filter {device}, or let devices log in.')
  }
  if (kind.isOneValue === true)
    sentences.push('Each topic has one value: call the level that names it {key}.')
  if (trial.ts === 1) sentences.push('Every reading has a time of its own.')
  else if (trial.ts === 0 && trial.readings > 0) {
    sentences.push('There are no times: readings get the moment of their arrival.')
  }
  return sentences
}

function optionSentences(options: Record<string, unknown>): string[] {
  const written = Object.entries(options).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  return written.length === 0 ? [] : [`This takes the option ${written.join(' and ')}.`]
}
