// Prometheus text of what the hub counts. Base units, names that begin with ackstone_, and never a label
// that grows with the number of devices.
import type { Figures } from '../delivery/figures.ts'
import type { StoreDescription } from '../storage/store.ts'
import { bridgeMetrics } from './bridge-metrics.ts'
import { counter, gauge, type Sample } from './exposition.ts'
import type { ApiParts } from './parts.ts'

/** Upper edges of the buckets of the acknowledgement latency, seconds. */
const ackEdges = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** The whole exposition, one family after the other. */
export function metricsText(parts: ApiParts, description: StoreDescription): string {
  const { delivery, store, ingest, openConnections, refusedConnections, limitsReached, version } = parts
  const { rss } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const families = [
    gauge('ackstone_info', 'Which Ackstone and store this is.', [
      [{ version, engine: description.engine }, 1],
    ]),
    ...totals(delivery.total),
    ...byIntegration(delivery.byIntegration()),
    ackHistogram(delivery.total),
    gauge('ackstone_connections', 'MQTT connections that are open.', [[{}, openConnections()]]),
    counter(
      'ackstone_connections_refused_total',
      'Connections refused before CONNECT, by reason.',
      Array.from(refusedConnections(), ([reason, count]): Sample => [{ reason }, count]),
    ),
    counter(
      'ackstone_limit_reached_total',
      'How often somebody has come to a limit, by its name.',
      Array.from(limitsReached(), ([limit, count]): Sample => [{ limit }, count]),
    ),
    ...bridgeMetrics(parts),
    ...byScript(parts),
    gauge('ackstone_store_size_bytes', 'Bytes the store takes.', [[{}, description.sizeBytes]]),
    gauge('ackstone_store_writable', '1 while the store can be written.', [
      [{}, Number(store.health().isWritable)],
    ]),
    gauge(
      'ackstone_store_stalled_seconds',
      'For how long the commit under way has been failing or hanging.',
      [[{}, ingest.stalledMs() / 1000]],
    ),
    gauge('ackstone_resident_memory_bytes', 'Memory of the process.', [[{}, rss]]),
    counter('ackstone_cpu_seconds_total', 'Processor time of the process.', [[{}, (user + system) / 1e6]]),
  ]
  return families.join('')
}

function totals(total: Figures): string[] {
  return [
    counter('ackstone_messages_received_total', 'Messages wanted by an integration.', byQos(total)),
    counter('ackstone_messages_acknowledged_total', 'Messages at QoS 1-2 whose answer was released.', [
      [{}, total.acknowledged],
    ]),
    counter('ackstone_messages_rejected_total', 'Messages no converter could read.', [[{}, total.rejected]]),
    counter('ackstone_messages_shed_total', 'QoS 0 messages dropped while the store could not keep up.', [
      [{}, total.shed],
    ]),
    counter('ackstone_readings_stored_total', 'Rows that were not there before.', [
      [{}, total.readingsStored],
    ]),
    counter('ackstone_readings_late_total', 'Stored rows older than the newest of their series.', [
      [{}, total.late],
    ]),
    counter('ackstone_duplicates_total', 'Repeats, by what they were.', [
      [{ kind: 'redelivered' }, total.redelivered],
      [{ kind: 'same_value' }, total.sameValue],
      [{ kind: 'overwritten' }, total.overwritten],
      [{ kind: 'ignored' }, total.ignored],
    ]),
  ]
}

function byIntegration(figures: ReadonlyMap<string, Figures>): string[] {
  const each = (value: (of: Figures) => number): Sample[] =>
    Array.from(figures, ([integration, of]) => [{ integration }, value(of)])
  const received = Array.from(figures, ([integration, of]) => byQos(of, { integration })).flat()
  const help = 'by integration.'
  return [
    counter('ackstone_integration_messages_received_total', `Messages received, ${help}`, received),
    counter(
      'ackstone_integration_messages_acknowledged_total',
      `Messages at QoS 1-2 whose answer was released, ${help}`,
      each((of) => of.acknowledged),
    ),
    counter(
      'ackstone_integration_messages_rejected_total',
      `Messages no converter could read, ${help}`,
      each((of) => of.rejected),
    ),
    counter(
      'ackstone_integration_readings_stored_total',
      `Rows that were not there before, ${help}`,
      each((of) => of.readingsStored),
    ),
  ]
}

function byScript({ scripts }: ApiParts): string[] {
  const figures = scripts.list().map(({ id }) => [{ script: id }, scripts.figures(id)!] as const)
  if (figures.length === 0) return []
  return [
    counter(
      'ackstone_script_runs_total',
      'Calls of a script.',
      figures.map(([labels, { runs }]): Sample => [labels, runs]),
    ),
    counter(
      'ackstone_script_failures_total',
      'Calls of a script that gave nothing, by reason.',
      figures.flatMap(([labels, { failures }]) =>
        Array.from(failures, ([code, count]): Sample => [{ ...labels, code }, count]),
      ),
    ),
    gauge(
      'ackstone_script_cpu_seconds',
      'Processor time of a call.',
      figures.flatMap(([labels, { cpuMs }]): Sample[] => [
        [{ ...labels, quantile: '0.5' }, (cpuMs.p50 ?? 0) / 1000],
        [{ ...labels, quantile: '0.99' }, (cpuMs.p99 ?? 0) / 1000],
      ]),
    ),
    gauge(
      'ackstone_script_waiting',
      'Messages that wait for a script.',
      figures.map(([labels, { waiting }]): Sample => [labels, waiting]),
    ),
    counter(
      'ackstone_script_warnings_total',
      'Warnings that a script gave with its readings.',
      figures.map(([labels, { warnings }]): Sample => [labels, warnings]),
    ),
    gauge(
      'ackstone_script_suspended',
      '1 while a script is not run because it kept exceeding its limits.',
      figures.map(([labels, { suspendedUntil }]): Sample => [labels, Number(suspendedUntil !== null)]),
    ),
  ]
}

function byQos({ received }: Figures, labels: Record<string, string> = {}): Sample[] {
  return received.map((count, qos) => [{ ...labels, qos: String(qos) }, count])
}

function ackHistogram({ ackLatency }: Figures): string {
  const name = 'ackstone_ack_seconds'
  const lines = ackEdges.map(
    (edge) => `${name}_bucket{le="${edge}"} ${ackLatency.countWithin(edge * 1000)}\n`,
  )
  return (
    `# HELP ${name} From the receipt of a message to the release of its answer.\n# TYPE ${name} histogram\n` +
    `${lines.join('')}${name}_bucket{le="+Inf"} ${ackLatency.total}\n` +
    `${name}_sum ${ackLatency.sumMs / 1000}\n${name}_count ${ackLatency.total}\n`
  )
}
