// Figures and samples of the messages that pass while somebody listens, in bounded memory: for trying a
// broker, or our own endpoint, before anything is set up. The API shows them as api/listening-shapes.ts says.
import { isUtf8 } from 'node:buffer'

export const listeningLimits = {
  samplesMax: 20,
  samplePayloadBytesMax: 4_096,
  topicsMax: 10_000,
  /** Messages that the converter is tried on, so that listening costs little whatever comes. */
  triedMax: 2_000,
} as const

/** What a converter makes of a message. */
export interface ListenedConversion {
  /** Of the first reading. */
  device: string | null
  readings: number
  /** Every reading has a time of its own. */
  hasTime: boolean
  error: { code: string; reason: string } | null
}

/** A message that passes; the payload is source[payloadStart, payloadEnd). */
export interface ListenedMessage {
  topic: string
  source: Buffer
  payloadStart: number
  payloadEnd: number
  qos: 0 | 1 | 2
  retain: boolean
}

export interface ListenedSample {
  topic: string
  qos: 0 | 1 | 2
  retained: boolean
  receivedAt: string
  bytes: number
  payload: string | null
  payloadBase64: string | null
  isCut: boolean
  conversion: ListenedConversion | null
}

export interface ListeningResult {
  seconds: number
  messages: number
  topics: number
  publishQos: { qos0: number; qos1: number; qos2: number }
  qosSeenMax: 0 | 1 | 2
  retained: number
  bytes: number
  tried: number
  decoded: number
  withTime: number
  samples: ListenedSample[]
}

export class Listening {
  readonly #convert: ((message: ListenedMessage) => ListenedConversion | null) | undefined
  readonly #topics = new Set<string>()
  readonly #retainedTopics = new Set<string>()
  readonly #perTopic = new Map<string, number>()
  readonly #byQos: [number, number, number] = [0, 0, 0]
  readonly #samples: ListenedSample[] = []
  #messages = 0
  #bytes = 0
  #tried = 0
  #decoded = 0
  #withTime = 0

  /** @param convert what the converter makes of a message, null when it isn't for it; undefined: none. */
  constructor(convert?: (message: ListenedMessage) => ListenedConversion | null) {
    this.#convert = convert
  }

  /** @param receivedTs integer microseconds since the epoch. */
  add(message: ListenedMessage, receivedTs: number): void {
    const { topic, qos, retain } = message
    if (retain) {
      // A broker sends it again with each further subscription.
      if (this.#retainedTopics.has(topic)) return
      if (this.#retainedTopics.size < listeningLimits.topicsMax) this.#retainedTopics.add(topic)
    } else this.#byQos[qos]++
    this.#messages++
    this.#bytes += message.payloadEnd - message.payloadStart
    if (this.#topics.size < listeningLimits.topicsMax) this.#topics.add(topic)
    const conversion = this.#tryOn(message)
    if (this.#isWantedAsSample(topic)) this.#samples.push(sampleOf(message, receivedTs, conversion))
  }

  result(seconds: number, qosSeenMax: 0 | 1 | 2): ListeningResult {
    const [qos0, qos1, qos2] = this.#byQos
    return {
      seconds,
      messages: this.#messages,
      topics: this.#topics.size,
      publishQos: { qos0, qos1, qos2 },
      qosSeenMax,
      retained: this.#retainedTopics.size,
      bytes: this.#bytes,
      tried: this.#tried,
      decoded: this.#decoded,
      withTime: this.#withTime,
      samples: this.#samples,
    }
  }

  #tryOn(message: ListenedMessage): ListenedConversion | null {
    if (this.#convert === undefined || this.#tried >= listeningLimits.triedMax) return null
    const conversion = this.#convert(message)
    this.#tried++
    if (conversion === null || conversion.error !== null) return conversion
    this.#decoded++
    if (conversion.hasTime) this.#withTime++
    return conversion
  }

  /** Samples come from as many topics as possible: a chatty one gets two places at most while it is early. */
  #isWantedAsSample(topic: string): boolean {
    const { samplesMax } = listeningLimits
    if (this.#samples.length >= samplesMax) return false
    const ofTopic = this.#perTopic.get(topic) ?? 0
    if (ofTopic >= 2 && this.#samples.length >= samplesMax / 2) return false
    this.#perTopic.set(topic, ofTopic + 1)
    return true
  }
}

function sampleOf(
  message: ListenedMessage,
  receivedTs: number,
  conversion: ListenedConversion | null,
): ListenedSample {
  const { topic, qos, retain, source, payloadStart, payloadEnd } = message
  const bytes = payloadEnd - payloadStart
  const kept = source.subarray(
    payloadStart,
    payloadStart + Math.min(bytes, listeningLimits.samplePayloadBytesMax),
  )
  const text = textOf(kept, bytes > kept.length)
  return {
    topic,
    qos,
    retained: retain,
    receivedAt: new Date(receivedTs / 1000).toISOString(),
    bytes,
    payload: text,
    payloadBase64: text === null ? kept.toString('base64') : null,
    isCut: bytes > kept.length,
    conversion,
  }
}

/** The text, or null where it is none. A cut may have gone through a character. */
function textOf(bytes: Buffer, isCut: boolean): string | null {
  for (let missing = 0; missing <= (isCut ? 3 : 0); missing++) {
    const whole = bytes.subarray(0, bytes.length - missing)
    if (isUtf8(whole)) return whole.toString()
  }
  return null
}
