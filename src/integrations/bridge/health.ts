// How a bridge is, in facts and in sentences that say what to do: for the API, the portal and the log.
import { reasonNames } from '../../mqtt/reason.ts'
import type { Qos } from '../../model/message.ts'
import type { ConnackPacket } from '../../mqtt/packet.ts'
import type { Attachment, AttachmentState, Failure } from './attachment.ts'
import type { BridgeConnection } from './connection.ts'
import { leaseMs } from './lease.ts'

/** Messages that a broker keeps for a session that is away, where nothing else is known: the default of
 *  Mosquitto. A broker can't be asked. */
export const assumedQueue = 1_000

export type BridgeState = AttachmentState | 'catching up' | 'paused' | 'standby'

/** Which of several hubs runs a bridge. */
export interface RunsOn {
  /** Identifier of the hub. */
  hub: string
  /** Whether it is this one. */
  isThis: boolean
}

export interface ConnectionHealth {
  clientId: string
  state: BridgeState
  /** RFC 3339. */
  retryAt: string | null
  connectedSince: string | null
  protocolVersion: 4 | 5 | null
  sessionPresent: boolean | null
  /** What the broker takes at most; null while not connected, and in 3.1.1, which does not say. */
  maximumQos: Qos | null
  receiveMaximum: number | null
  /** Seconds that the broker keeps the session; null while not connected, and in 3.1.1. */
  sessionExpiry: { asked: number; granted: number } | null
  keepAlive: number | null
  messages: number
  lastError: { code: string; sentence: string; hint: string; at: string } | null
}

export interface TopicHealth {
  filter: string
  selected: Qos
  /** The lowest of the connections; null before the broker has answered, and where it refused. */
  granted: Qos | null
  isRefused: boolean
  sentence: string
}

export interface BridgeHealth {
  state: BridgeState
  sentence: string
  connections: ConnectionHealth[]
  topics: TopicHealth[]
  messages: number
  /** Messages at QoS 1 and 2 whose last answer has left. */
  acknowledged: number
  /** Messages and releases whose answer has not left. */
  waiting: number
  /** Connections that stood after the first of each. */
  reconnects: number
  /** How often a connection failed, by code. */
  failures: Record<string, number>
  redelivered: number
  /** Readings of retained messages left out because they have no time of their own. */
  retainedLeftOut: number
  /** Messages that no filter of the integration matches any more. */
  unwanted: number
  messagesPerSecond: number
  outageBudget: { assumedQueue: number; seconds: number | null; sentence: string }
  /** Null where hubs don't share the bridge, and while none has it. */
  runsOn: RunsOn | null
}

export function connectionHealth(
  attachment: Attachment,
  connection: BridgeConnection,
  state: BridgeState,
): ConnectionHealth {
  const { connack, retryTs, connectedTs, lastFailure, protocolVersion } = attachment
  const is5 = connack !== undefined && protocolVersion === 5
  const { properties } = connack ?? {}
  return {
    clientId: attachment.clientId,
    state,
    retryAt: retryTs === undefined ? null : textOf(retryTs),
    connectedSince: connectedTs === 0 ? null : textOf(connectedTs),
    protocolVersion: protocolVersion ?? null,
    sessionPresent: connack?.sessionPresent ?? null,
    maximumQos: is5 ? (properties?.maximumQos ?? 2) : null,
    receiveMaximum: is5 ? (properties?.receiveMaximum ?? 65_535) : null,
    sessionExpiry: is5 ? sessionExpiryOf(connection, connack) : null,
    keepAlive: connack === undefined ? null : (properties?.serverKeepAlive ?? connection.keepAlive),
    messages: attachment.counts.messages,
    lastError: lastFailure === undefined ? null : shownFailure(lastFailure),
  }
}

/** What was asked for, and what the broker grants. [MQTT-3.2.2-20] and section 3.2.2.3.2. */
function sessionExpiryOf({ cleanStart, sessionExpiry }: BridgeConnection, { properties }: ConnackPacket) {
  const asked = cleanStart ? 0 : sessionExpiry
  return { asked, granted: properties?.sessionExpiryInterval ?? asked }
}

function shownFailure({ code, sentence, hint, ts }: Failure) {
  return { code, sentence, hint, at: textOf(ts) }
}

/** @param codes the broker's answers for this filter, one for each connection that has one. */
export function topicHealth(filter: string, selected: Qos, codes: readonly number[]): TopicHealth {
  const refusal = codes.find((code) => code >= 0x80)
  const isRefused = refusal !== undefined
  const granted = isRefused || codes.length === 0 ? null : (Math.min(...codes) as Qos)
  let sentence = `Selected ${selected}, granted ${granted}.`
  if (isRefused) {
    const name = reasonNames.get(refusal) ?? `code ${refusal}`
    sentence = `The broker refuses this filter: ${name}. Check what it allows this user.`
  } else if (granted === null) sentence = `Selected ${selected}; the broker has not been asked yet.`
  else if (granted < selected) {
    sentence = `Selected ${selected}, granted ${granted}: this broker delivers at QoS ${granted} at most.`
  }
  return { filter, selected, granted, isRefused, sentence }
}

/** How long Ackstone may be away before the broker's queue for it is full. */
export function outageBudget(selected: readonly Qos[], messagesPerSecond: number, cleanStart: boolean) {
  const row = (seconds: number | null, sentence: string) => ({ assumedQueue, seconds, sentence })
  if (selected.every((qos) => qos === 0)) {
    return row(null, 'At QoS 0 the broker keeps nothing while Ackstone is away.')
  }
  if (cleanStart) return row(null, 'With a clean start the broker keeps nothing while Ackstone is away.')
  if (messagesPerSecond < 0.01) {
    return row(null, `The broker keeps about ${assumedQueue} messages (assumed); no rate has been seen yet.`)
  }
  const seconds = Math.round(assumedQueue / messagesPerSecond)
  return row(
    seconds,
    `The broker keeps about ${assumedQueue} messages (assumed) ÷ ${messagesPerSecond.toFixed(1)} a second = ` +
      `${seconds} s while Ackstone is away.`,
  )
}

const sentences: Readonly<Record<BridgeState, string>> = {
  'connecting': 'Connecting to the broker.',
  'connected': 'Connected.',
  'catching up': 'Connected, and reading what the broker kept meanwhile.',
  'waiting': 'Not connected; it is tried again.',
  'refused': 'The broker refuses the connection; it is tried again.',
  'standby': 'Another hub runs it; this one stands by.',
  'paused': 'Paused; the broker keeps the session for as long as it was asked to.',
}

/** One state for all connections: the worst of them. */
export function worstState(states: readonly BridgeState[]): BridgeState {
  const order: BridgeState[] = ['refused', 'waiting', 'connecting', 'catching up', 'connected', 'paused']
  return order.find((state) => states.includes(state)) ?? 'paused'
}

export function stateSentence(state: BridgeState, failure: Failure | undefined): string {
  const isFailing = state === 'waiting' || state === 'refused'
  return isFailing && failure !== undefined
    ? `${failure.sentence} ${failure.hint} It is tried again.`
    : sentences[state]
}

function textOf(ts: number): string {
  return new Date(ts / 1000).toISOString()
}

/** Of a bridge that is switched off, or that another hub runs: what is selected, and nothing that a connection would
 *  tell. */
export function awayHealth(
  state: BridgeState,
  topics: readonly { filter: string; qos: Qos }[],
  cleanStart: boolean,
  runsOn: RunsOn | null,
): BridgeHealth {
  const selected = topics.map(({ qos }) => qos)
  const elsewhere =
    `Runs on hub ${runsOn?.hub}; this hub stands by, and takes it over ` +
    `when nothing has been heard of that one for ${leaseMs / 1000} s.`
  return {
    state,
    sentence: state === 'standby' ? elsewhere : sentences[state],
    connections: [],
    topics: topics.map(({ filter, qos }) => topicHealth(filter, qos, [])),
    messages: 0,
    acknowledged: 0,
    waiting: 0,
    reconnects: 0,
    failures: {},
    redelivered: 0,
    retainedLeftOut: 0,
    unwanted: 0,
    messagesPerSecond: 0,
    outageBudget: outageBudget(selected, 0, cleanStart),
    runsOn,
  }
}
