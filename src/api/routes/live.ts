// The event stream: what happens, to as many watchers as are allowed.
import type { z } from 'zod'
import { AckstoneError } from '../../errors.ts'
import type { TraceFilter } from '../../delivery/traces.ts'
import { operations } from '../contract.ts'
import { EventStream } from '../event-stream.ts'
import { addCommands } from '../live-commands.ts'
import { LiveReadings } from '../live-readings.ts'
import { liveTopics, type liveQuery, type tracesQuery } from '../live-shapes.ts'
import { parseNames } from '../names.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'
import { deviceBytesMax, namesMax } from '../shapes.ts'
import { timeText } from '../time.ts'
import { summaryOf } from '../trace-shown.ts'

type LiveTopic = (typeof liveTopics)[number]
type LiveQuery = z.output<typeof liveQuery>

const readingsIntervalMs = 100
const trafficIntervalMs = 100
const devicesIntervalMs = 500
/** Beats come once a second; an event follows at once. */
const beatIntervalMs = 1

/** @returns what ends all streams, so that the server can close. */
export function liveRoutes(register: Register, parts: ApiParts): () => void {
  const { clock, limits, identity } = parts
  const streams = new Set<EventStream>()

  register(operations.live, async ({ query, request, reply, caller }) => {
    const topics = topicsOf(query.topics)
    const names = parseNames(query.devices, 'devices', deviceBytesMax, namesMax)
    if (streams.size >= limits.liveWatchersMax) throw new AckstoneError('BUSY')
    const ends: (() => void)[] = []
    const stream = new EventStream(clock, () => {
      for (const end of ends) end()
      streams.delete(stream)
    })
    if (topics.has('readings')) ends.push(addReadings(stream, parts, names))
    if (topics.has('stats')) ends.push(addStats(stream, parts))
    if (topics.has('traffic')) ends.push(addTraffic(stream, parts, query, request.headers['last-event-id']))
    if (topics.has('devices')) ends.push(addDevices(stream, parts))
    if (topics.has('integrations')) ends.push(addIntegrations(stream, parts))
    if (topics.has('commands')) ends.push(addCommands(stream, parts, names))
    // Whoever is signed out sees nothing any more.
    ends.push(identity.onEnd(caller, () => stream.finish()))
    streams.add(stream)
    if (reply.raw.destroyed) stream.destroy()
    else reply.raw.once('close', () => stream.destroy())
    return reply.type('text/event-stream').header('X-Accel-Buffering', 'no').send(stream)
  })

  return () => {
    for (const stream of streams) stream.finish()
  }
}

/** @throws QUERY_INVALID */
function topicsOf(text: string | undefined): Set<LiveTopic> {
  const topics = new Set((text ?? 'readings').split(','))
  for (const topic of topics) {
    if (liveTopics.some((known) => known === topic)) continue
    const detail = `"${topic.slice(0, 40)}" is no topic; there are ${liveTopics.join(', ')}.`
    throw new AckstoneError('QUERY_INVALID', {}, undefined, [{ pointer: '/topics', detail }])
  }
  return topics as Set<LiveTopic>
}

/** What the query says about traces. */
export function filterOf(query: z.output<typeof tracesQuery> | LiveQuery): TraceFilter {
  const { device, topic, outcome, client, integration } = query
  const qos = query.qos === undefined ? undefined : (Number(query.qos) as 0 | 1 | 2)
  return { device, topic, outcome, client, integration, qos }
}

function addReadings(stream: EventStream, { live }: ApiParts, names: string[] | undefined): () => void {
  const readings = new LiveReadings()
  const onNews = stream.channel('readings', readingsIntervalMs, readings)
  return live.watch({ devices: names && new Set(names) }, (runs) => {
    readings.add(runs)
    onNews()
  })
}

function addStats(stream: EventStream, parts: ApiParts): () => void {
  const { delivery, watching, store, openConnections } = parts
  const { pulse } = watching
  const onNews = stream.channel('stats', beatIntervalMs, {
    take() {
      const { beat } = pulse
      if (beat === undefined) return undefined
      const { atTs, messagesPerSecond, readingsPerSecond, ackMs } = beat
      const { isWritable, sentence } = store.health()
      const event = {
        at: timeText(atTs),
        promise: delivery.promise.figures(),
        delivery: delivery.figures(),
        rates: { messagesPerSecond, readingsPerSecond },
        ackMs,
        connections: openConnections(),
        store: { writable: isWritable, sentence },
      }
      return { data: JSON.stringify(event) }
    },
  })
  return pulse.watch(onNews)
}

function addTraffic(
  stream: EventStream,
  { delivery, watching }: ApiParts,
  query: LiveQuery,
  lastId: string | string[] | undefined,
): () => void {
  const after = typeof lastId === 'string' ? delivery.traces.get(lastId) : undefined
  let seenId = after?.id
  const onNews = stream.channel('traffic', trafficIntervalMs, {
    take() {
      const { traces, skipped } = traffic.take()
      if (traces.length === 0 && skipped === 0) return undefined
      seenId = traces.at(-1)?.id ?? seenId
      const data = JSON.stringify({ messages: traces.map(summaryOf), skipped })
      return seenId === undefined ? { data } : { data, id: seenId }
    },
  })
  const traffic = watching.traffic(filterOf(query), after, onNews)
  return () => traffic.end()
}

function addDevices(stream: EventStream, { live, watching, clock }: ApiParts): () => void {
  const { presence } = watching
  const seen = watching.seenDevices()
  const onNews = stream.channel('devices', devicesIntervalMs, {
    take() {
      const { devices, skipped } = seen.take()
      const lastSeenAt = timeText(clock.nowUs())
      const shown = devices.map((id) => ({ id, lastSeenAt, isConnected: presence.of(id) !== undefined }))
      return { data: JSON.stringify({ devices: shown, skipped }) }
    },
  })
  const unwatch = live.watch({ devices: undefined }, (runs) => {
    seen.stored(runs)
    onNews()
  })
  const leave = presence.watch((device) => {
    seen.add(device)
    onNews()
  })
  return () => {
    unwatch()
    leave()
  }
}

function addIntegrations(stream: EventStream, { delivery, watching, clock }: ApiParts): () => void {
  let before = new Map<string, number>()
  let beforeMs = clock.monotonicMs()
  const onNews = stream.channel('integrations', beatIntervalMs, {
    take() {
      const now = new Map<string, number>()
      const seconds = Math.max(0.001, (clock.monotonicMs() - beforeMs) / 1000)
      const integrations = Array.from(delivery.byIntegration(), ([id, figures]) => {
        const [qos0, qos1, qos2] = figures.received
        const messages = qos0 + qos1 + qos2
        now.set(id, messages)
        const messagesPerSecond = Math.round((messages - (before.get(id) ?? messages)) / seconds)
        return {
          id,
          messages,
          readings: figures.readingsStored,
          rejected: figures.rejected,
          messagesPerSecond,
        }
      })
      before = now
      beforeMs = clock.monotonicMs()
      return { data: JSON.stringify({ integrations }) }
    },
  })
  return watching.pulse.watch(onNews)
}
