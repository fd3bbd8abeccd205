// Metrics of bridges, by integration. No topic filter is a label: a filter may name a device, and whoever reads
// metrics need not be known.
import type { BridgeHealth, TopicHealth } from '../integrations/bridge/health.ts'
import type { ApiParts } from './parts.ts'
import { counter, gauge, type Sample } from './exposition.ts'

type Of = readonly [labels: { integration: string }, health: BridgeHealth]

/** Nothing where there is no bridge. */
export function bridgeMetrics({
  integrations,
  bridges,
}: Pick<ApiParts, 'integrations' | 'bridges'>): string[] {
  const all = integrations.list().flatMap(({ id }): Of[] => {
    const health = bridges.health(id)
    return health === undefined ? [] : [[{ integration: id }, health]]
  })
  if (all.length === 0) return []
  return [...connectionMetrics(all), ...messageMetrics(all), ...grantMetrics(all)]
}

function connectionMetrics(all: readonly Of[]): string[] {
  return [
    gauge(
      'ackstone_bridge_standby',
      '1 while another hub on the same store runs a bridge, which this one would take over.',
      each(all, ({ state }) => Number(state === 'standby')),
    ),
    gauge(
      'ackstone_bridge_connections_wanted',
      'Connections to its broker that a bridge is to have; 0 while it is paused or another hub runs it.',
      each(all, ({ connections }) => connections.length),
    ),
    gauge(
      'ackstone_bridge_connections',
      'Connections of a bridge that stand.',
      each(
        all,
        ({ connections }) => connections.filter(({ connectedSince }) => connectedSince !== null).length,
      ),
    ),
    counter(
      'ackstone_bridge_reconnects_total',
      'Connections of a bridge that stood after the first of each.',
      each(all, ({ reconnects }) => reconnects),
    ),
    counter(
      'ackstone_bridge_failures_total',
      'Connections of a bridge that failed, by the code of the error.',
      all.flatMap(([labels, { failures }]) =>
        Object.entries(failures).map(([code, count]): Sample => [{ ...labels, code }, count]),
      ),
    ),
    gauge(
      'ackstone_bridge_last_error_timestamp_seconds',
      'When a bridge failed last, and the code of that error.',
      all.flatMap(([labels, health]) => lastError(labels, health)),
    ),
  ]
}

function messageMetrics(all: readonly Of[]): string[] {
  return [
    counter(
      'ackstone_bridge_messages_received_total',
      'Messages that the broker of a bridge delivered, repeats included.',
      each(all, ({ messages }) => messages),
    ),
    counter(
      'ackstone_bridge_messages_acknowledged_total',
      'Messages at QoS 1-2 whose last answer has left for the broker.',
      each(all, ({ acknowledged }) => acknowledged),
    ),
    gauge(
      'ackstone_bridge_waiting',
      'Messages and releases from the broker whose answer has not left.',
      each(all, ({ waiting }) => waiting),
    ),
    counter(
      'ackstone_bridge_messages_redelivered_total',
      'Messages that came with DUP.',
      each(all, ({ redelivered }) => redelivered),
    ),
    counter(
      'ackstone_bridge_messages_unwanted_total',
      'Messages that no filter of the integration matches any more.',
      each(all, ({ unwanted }) => unwanted),
    ),
    counter(
      'ackstone_bridge_retained_left_out_total',
      'Readings of retained messages that were not stored because they have no time of their own.',
      each(all, ({ retainedLeftOut }) => retainedLeftOut),
    ),
  ]
}

function grantMetrics(all: readonly Of[]): string[] {
  return [
    gauge(
      'ackstone_bridge_topics',
      'Topic filters of a bridge, by what its broker grants: as selected, lower, refused, or not known yet.',
      all.flatMap(([labels, { topics }]) =>
        grants.map((granted): Sample => {
          return [{ ...labels, granted }, topics.filter((topic) => grantOf(topic) === granted).length]
        }),
      ),
    ),
    gauge(
      'ackstone_bridge_outage_budget_seconds',
      'For how long the hub may be away before the queue at the broker is full, where a rate is known.',
      all.flatMap(([labels, { outageBudget }]): Sample[] =>
        outageBudget.seconds === null ? [] : [[labels, outageBudget.seconds]],
      ),
    ),
  ]
}

function each(all: readonly Of[], value: (health: BridgeHealth) => number): Sample[] {
  return all.map(([labels, health]) => [labels, value(health)])
}

/** The newest of all connections. */
function lastError(labels: { integration: string }, { connections }: BridgeHealth): Sample[] {
  const errors = connections.flatMap(({ lastError }) => lastError ?? [])
  const newest = errors.toSorted((a, b) => (a.at < b.at ? 1 : -1))[0]
  return newest === undefined ? [] : [[{ ...labels, code: newest.code }, Date.parse(newest.at) / 1000]]
}

const grants = ['as_selected', 'lower', 'refused', 'unknown'] as const

function grantOf({ selected, granted, isRefused }: TopicHealth): (typeof grants)[number] {
  if (isRefused) return 'refused'
  if (granted === null) return 'unknown'
  return granted < selected ? 'lower' : 'as_selected'
}
