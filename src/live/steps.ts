// How far a device that is being connected has come, as a person who waits beside it wants to know: each message of it
// is looked at for as long as somebody asks, and what comes close, such as a slip in its name, is noticed too.
import type { Delivery } from '../delivery/delivery.ts'
import { Sampling } from '../delivery/sampling.ts'
import type { Trace } from '../delivery/trace.ts'
import type { Tap } from '../delivery/traces.ts'
import { nearestName } from '../lib/nearest.ts'
import type { Message, Qos } from '../model/message.ts'

/** Times are integer microseconds. */
export interface DeviceProgress {
  published: { atTs: number; topic: string; qos: Qos } | undefined
  stored: { atTs: number; readings: number } | undefined
  acknowledged: { atTs: number; ms: number } | undefined
  problem: { atTs: number; sentence: string; hint: string } | undefined
}

const earlierLooked = 50

export class DeviceSteps implements Tap {
  readonly device: string
  readonly progress: DeviceProgress = {
    published: undefined,
    stored: undefined,
    acknowledged: undefined,
    problem: undefined,
  }
  readonly #delivery: Delivery
  readonly #sampling = new Sampling()

  /** Begins with what the newest traces tell. */
  constructor(device: string, delivery: Delivery) {
    this.device = device
    this.#delivery = delivery
    for (const trace of delivery.traces.find({}, earlierLooked).toReversed()) this.traced(trace)
  }

  sees(message: Message): boolean {
    if (!this.#sampling.isDue(message.receivedTs)) return false
    if (this.#isOf(message.device, message.clientId, message.topic)) return true
    const meant = this.#nearMiss(message.topic)
    if (meant === undefined) return false
    this.progress.problem = {
      atTs: message.receivedTs,
      sentence: `A message came to ${shortened(message.topic)}, which names the device "${meant}", not "${this.device}".`,
      hint: 'Mend the topic at the device, or connect it under the name that it uses.',
    }
    return false
  }

  /** It is logged in, or the topic names it. */
  #isOf(device: string, clientId: string, topic: string): boolean {
    return device === this.device || clientId === this.device || topic.split('/').includes(this.device)
  }

  /** A level of the topic that is nearly the device's name, and no device that has sent anything before. */
  #nearMiss(topic: string): string | undefined {
    return topic
      .split('/', 20)
      .find(
        (level) =>
          level !== this.device &&
          level.length > 1 &&
          Math.abs(level.length - this.device.length) <= 2 &&
          nearestName(level, [this.device]) !== undefined &&
          this.#delivery.lastIntegrationOf(level) === undefined,
      )
  }

  traced(trace: Trace): void {
    const { sender, device, clientId, topic, receivedTs: atTs, outcome } = trace
    if (device !== this.device && !this.#isOf(sender, clientId, topic)) return
    const { progress } = this
    progress.published = { atTs, topic, qos: trace.qos }
    if (outcome === 'stored' || outcome === 'duplicate' || outcome === 'late') {
      progress.problem = undefined
      progress.stored = { atTs, readings: trace.readingCount }
      if (device !== this.device) {
        const sentence = `A message of "${this.device}" was stored as readings of the device "${device}".`
        progress.problem = {
          atTs,
          sentence,
          hint: 'The topic or the payload names another device; mend it there.',
        }
      }
    } else progress.problem = this.#problemOf(trace) ?? progress.problem
    const { acknowledgedMs } = trace
    if (acknowledgedMs !== undefined) progress.acknowledged = { atTs, ms: acknowledgedMs }
  }

  #problemOf({ outcome, topic, receivedTs: atTs, reason = '' }: Trace): DeviceProgress['problem'] {
    if (outcome === 'notWanted') {
      return {
        atTs,
        sentence: `A message came to ${shortened(topic)}, a topic that no integration takes.`,
        hint: 'Publish to a topic of an integration, or set one up for this topic.',
      }
    }
    if (outcome !== 'rejected') return undefined
    return {
      atTs,
      sentence: `A message came to ${shortened(topic)} and could not be read: ${reason}`,
      hint: 'It is kept as rejected. Mend the payload at the device, or the converter, and retry it.',
    }
  }
}

function shortened(topic: string): string {
  return topic.length > 120 ? `${topic.slice(0, 120)}…` : topic
}
