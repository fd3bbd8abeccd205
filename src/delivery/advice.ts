// Which Quality of Service fits, by rules that a person can follow: what is lost if a message is, what a repeat does,
// whether payloads carry their times, and what lies between device and hub. Pure; a table of tests holds the rules.
import type { Qos } from '../model/message.ts'

export interface AdviceAnswers {
  /** What one lost message means: the next one replaces it, it leaves a hole, it must not happen. */
  lossMatters?: 'fine' | 'hole' | 'unacceptable' | undefined
  repeatsMatter?: 'harmless' | 'wrong' | undefined
  hasTs?: boolean | undefined
  /** Messages of one device. */
  ratePerSecond?: number | undefined
  devices?: number | undefined
  link?: 'lan' | 'cellular' | 'battery' | undefined
  kind?: 'direct' | 'bridge' | undefined
  brokerMaximumQos?: Qos | undefined
  upstream?: 'none' | 'sparkplug' | 'the-things-stack' | undefined
  cleanStart?: boolean | undefined
  queueMax?: number | undefined
  outageSeconds?: number | undefined
  roundTripMs?: number | undefined
  payloadBytes?: number | undefined
  topicBytes?: number | undefined
}

/** What was seen on the topics. */
export interface AdviceStatistics {
  perSecond?: number | undefined
  bytesMean?: number | undefined
  publishQos?: { qos0: number; qos1: number; qos2: number } | undefined
  withTs?: number | undefined
  values?: { cumulative: number; delta: number; other: number } | undefined
  topics?: number | undefined
}

export interface Level {
  qos: Qos
  packetsPerMessage: number
  bytesPerMessage: number
  bytesPerDay: number | null
  ackDelay: string
  canBeLost: string
  canBeRepeated: string
}

export interface Advice {
  recommended: Qos
  because: string[]
  warnings: string[]
  levels: Level[]
}

/** From this share on, something counts as so. */
const mostly = 0.8
const highRatePerSecond = 10
const longRoundTripMs = 200
/** Messages that may be unanswered at a time with most clients. */
const windowUsual = 20
const payloadBytesUsual = 60
const topicBytesUsual = 24
/** Of an MQTT packet: fixed header of PUBLISH, identifier, and each packet that answers. */
const headerBytes = 4
const packetIdBytes = 2
const answerBytes = 4
/** Of TCP over IP for each packet, with the acknowledgement of the other side. */
const transportBytes = 80

export function adviseQos(answers: AdviceAnswers, statistics: AdviceStatistics): Advice {
  const facts = factsOf(answers, statistics)
  const { recommended, because } = recommend(facts)
  return { recommended, because, warnings: warnings(facts, recommended), levels: levels(facts) }
}

interface Facts extends AdviceAnswers {
  /** Undefined: not known. */
  hasTs: boolean | undefined
  looksLike: 'totals' | 'changes' | undefined
  seen: AdviceStatistics
  totalPerSecond: number | undefined
}

function factsOf(answers: AdviceAnswers, seen: AdviceStatistics): Facts {
  const { withTs, values } = seen
  const measured = withTs === undefined ? undefined : withTs >= mostly
  const looksLike =
    values === undefined
      ? undefined
      : values.delta >= 0.5
        ? 'changes'
        : values.cumulative >= 0.5
          ? 'totals'
          : undefined
  const { ratePerSecond, devices = 1 } = answers
  const totalPerSecond = ratePerSecond === undefined ? seen.perSecond : ratePerSecond * devices
  return { ...answers, hasTs: answers.hasTs ?? measured, looksLike, seen, totalPerSecond }
}

function recommend(facts: Facts): { recommended: Qos; because: string[] } {
  const { lossMatters, repeatsMatter, hasTs, link, looksLike, seen, ratePerSecond = 0 } = facts
  const repeatsAreWrong =
    repeatsMatter === 'wrong' || (repeatsMatter === undefined && looksLike === 'changes')
  const timesShown = seen.withTs === undefined ? '' : ` (${percent(seen.withTs)} of what was seen)`
  if (lossMatters === 'fine') return recommendCheap(facts, repeatsAreWrong)
  if (hasTs === true) {
    const because = [
      `The payloads carry their own time${timesShown}, so a repeat lands on the row it already has.`,
    ]
    if (lossMatters === 'unacceptable')
      because.push('QoS 1 sends again until the reading is stored; none is lost.')
    else because.push('QoS 1 costs one answer for each message, half of what QoS 2 does.')
    return { recommended: 1, because }
  }
  if (repeatsAreWrong) {
    const what =
      looksLike === 'changes'
        ? 'The values look like changes since the last message, and a repeat would be added up twice.'
        : 'A repeat would be counted twice.'
    const without =
      'Without a time in the payload nothing else tells a repeat from a new message, so it takes QoS 2.'
    return { recommended: 2, because: [what, without] }
  }
  if (lossMatters === undefined && link === 'battery' && ratePerSecond >= highRatePerSecond) {
    return recommendCheap(facts, repeatsAreWrong)
  }
  const because = ['Every message gets through: it is sent again until the reading is stored.']
  if (looksLike === 'totals')
    because.push('The values look like running totals, and a total that comes twice does no harm.')
  if (hasTs === false) {
    because.push(
      'Ackstone remembers the time that it gave to a message, so a repeat as MQTT means it finds its row.',
    )
  }
  return { recommended: 1, because }
}

function recommendCheap({ link, looksLike, ratePerSecond = 0 }: Facts, repeatsAreWrong: boolean) {
  const because = ['A lost message does no harm, because the next one replaces it; QoS 0 costs least.']
  if (looksLike === 'totals')
    because.push('The values look like running totals: the next one says what the lost one would have.')
  if (ratePerSecond >= highRatePerSecond) because.push('At this rate the next message is there at once.')
  if (link === 'battery') because.push('Nothing is waited for, so the device can sleep at once.')
  if (link === 'lan') because.push('On a local network little is lost on the way.')
  if (repeatsAreWrong) because.push('QoS 0 never repeats a message.')
  return { recommended: 0 as Qos, because }
}

function warnings(facts: Facts, recommended: Qos): string[] {
  const { hasTs, repeatsMatter, looksLike, cleanStart, brokerMaximumQos, upstream, seen } = facts
  const told: string[] = []
  const { qos0 = 0, qos1 = 0, qos2 = 0 } = seen.publishQos ?? {}
  const published = qos0 + qos1 + qos2
  if (recommended > 0 && qos0 > 0) {
    told.push(
      `${percent(qos0 / published)} of what was seen is published at QoS 0 and stays at QoS 0, whatever is selected here. ` +
        'Let the devices publish at QoS 1 or 2.',
    )
  }
  if (brokerMaximumQos !== undefined && brokerMaximumQos < recommended) {
    told.push(
      `The broker grants QoS ${brokerMaximumQos} at most; that is what counts, whatever is selected here.`,
    )
  }
  if (upstream === 'sparkplug' || upstream === 'the-things-stack') {
    const name = upstream === 'sparkplug' ? 'Sparkplug' : 'The Things Stack'
    told.push(
      `${name} publishes its data at QoS 0, so the effective level is 0 on the way from there, whatever is selected.`,
    )
  }
  if (recommended > 0 && cleanStart === true) {
    told.push(
      'The connection begins a new session each time (clean start): what waits while it is away is lost.',
    )
  }
  if (recommended === 1 && hasTs !== true && (repeatsMatter === 'wrong' || looksLike === 'changes')) {
    told.push(
      'A device that sends an old message as a new one makes a second row. Give each message its own time.',
    )
  }
  return [...told, ...outageWarnings(facts), ...speedWarnings(facts, recommended)]
}

function outageWarnings({ queueMax, outageSeconds = 60, totalPerSecond }: Facts): string[] {
  if (queueMax === undefined || totalPerSecond === undefined || totalPerSecond === 0) return []
  const lastsSeconds = queueMax / totalPerSecond
  if (lastsSeconds >= outageSeconds) return []
  return [
    `The broker keeps ${queueMax} messages while Ackstone is away; at ${rounded(totalPerSecond)} a second that is ` +
      `${rounded(lastsSeconds)} s, and an outage of ${rounded(outageSeconds)} s loses the rest. Let it keep more.`,
  ]
}

function speedWarnings({ roundTripMs, ratePerSecond }: Facts, recommended: Qos): string[] {
  if (recommended !== 2 || roundTripMs === undefined || roundTripMs <= longRoundTripMs) return []
  const most = windowUsual / (2 * (roundTripMs / 1000))
  const isTooSlow = ratePerSecond !== undefined && ratePerSecond > most
  return [
    `QoS 2 takes two round trips of ${rounded(roundTripMs)} ms: with ${windowUsual} messages under way a device sends ` +
      `${rounded(most)} a second at most${isTooSlow ? ', less than it wants to' : ''}.`,
  ]
}

const texts: readonly Pick<Level, 'ackDelay' | 'canBeLost' | 'canBeRepeated'>[] = [
  {
    ackDelay: 'There is no answer.',
    canBeLost: 'Yes: what is lost on the way, or while the hub is away, is lost.',
    canBeRepeated: 'No.',
  },
  {
    ackDelay: 'One round trip and the commit.',
    canBeLost: 'No: it is sent again until it is stored.',
    canBeRepeated: 'On the wire, yes. Stored, no: a repeat lands on the row it already has.',
  },
  {
    ackDelay: 'Two round trips and two commits.',
    canBeLost: 'No: it is sent again until it is stored.',
    canBeRepeated: 'No, within a session.',
  },
]

function levels(facts: Facts): Level[] {
  const { payloadBytes = facts.seen.bytesMean ?? payloadBytesUsual, topicBytes = topicBytesUsual } = facts
  return ([0, 1, 2] as const).map((qos) => {
    const packetsPerMessage = [1, 2, 4][qos]!
    const publishBytes = headerBytes + 2 + topicBytes + payloadBytes + (qos > 0 ? packetIdBytes : 0)
    const answers = packetsPerMessage - 1
    const bytesPerMessage = Math.round(
      publishBytes + answers * answerBytes + packetsPerMessage * transportBytes,
    )
    const { totalPerSecond } = facts
    const bytesPerDay =
      totalPerSecond === undefined ? null : Math.round(bytesPerMessage * totalPerSecond * 86_400)
    return { qos, packetsPerMessage, bytesPerMessage, bytesPerDay, ...texts[qos]! }
  })
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

function rounded(value: number): string {
  return String(value >= 10 ? Math.round(value) : Math.round(value * 10) / 10)
}
