// What became of the messages of a device, each figure with its meaning.
import type { ReactNode } from 'react'
import type { AnswerOf } from '../../data/client.ts'
import { ApiError } from '../../data/problem.ts'
import { useOperation } from '../../data/queries.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { count, duration } from '../../ui/format.ts'
import { KeyValues } from '../../ui/key-values.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Definition } from '../../ui/tooltip.tsx'
import { QualityPanel } from './quality-panel.tsx'

const refreshMs = 5_000

export function DeliveryTab({ device }: { device: string }) {
  return (
    <div className="stack-l">
      <QualityPanel device={device} />
      <Delivery device={device} />
    </div>
  )
}

function Delivery({ device }: { device: string }) {
  const delivery = useOperation('deviceDelivery', { params: { device } }, { refetchInterval: refreshMs })
  if (delivery.error !== null) {
    const isUnknown = delivery.error instanceof ApiError && delivery.error.problem.status === 404
    if (!isUnknown) return <ErrorState error={delivery.error} onRetry={() => void delivery.refetch()} />
    return (
      <EmptyState icon="device" title="No message of this device has come since the hub started">
        Figures of a device are counted since the start of the hub.
      </EmptyState>
    )
  }
  if (delivery.data === undefined) return <Skeleton label="The figures of delivery" />
  return <Figures of={delivery.data} />
}

function Figures({ of }: { of: AnswerOf<'deviceDelivery'> }) {
  const { received, duplicates, ackMs } = of
  return (
    <section className="stack" aria-label="Messages">
      <div className="row-apart">
        <h2>Messages</h2>
        <p className="soft small">
          Counted since <RelativeTime at={of.since} />.
        </p>
      </div>
      <div className="columns">
        <Group title="Received">
          {[
            term('QoS 0', 'Messages sent once; nobody is told whether they arrived.', count(received.qos0)),
            term('QoS 1', 'Messages that are sent until they are acknowledged.', count(received.qos1)),
            term('QoS 2', 'Messages that count exactly once.', count(received.qos2)),
            term(
              'Acknowledged',
              'Messages at QoS 1 or 2 that were answered, after they were stored.',
              count(of.acknowledged),
            ),
            term(
              'Answer after',
              'Time from a message to its answer: half of them, and 99 of 100, took less.',
              answers(ackMs),
            ),
          ]}
        </Group>
        <Group title="Stored">
          {[
            term('Readings stored', 'Readings in messages that were stored.', count(of.readingsStored)),
            term(
              'Late',
              'Readings older than the newest of their series when they came. They are stored.',
              count(of.late),
            ),
            term(
              'Rejected',
              'Messages that no converter could read. They are kept with their reason.',
              count(of.rejected),
            ),
            term(
              'Shed',
              'Messages at QoS 0 that were dropped while the store could not keep up.',
              count(of.shed),
            ),
          ]}
        </Group>
        <Group title="Duplicates">
          {[
            term(
              'Sent again',
              'Messages with the DUP flag: the device had no answer to the first.',
              count(duplicates.redelivered),
            ),
            term(
              'Same value',
              'Rows that were there already, with the same value.',
              count(duplicates.sameValue),
            ),
            term(
              'Overwritten',
              'Rows that were there with another value; the last one stays.',
              count(duplicates.overwritten),
            ),
            term(
              'Ignored',
              'Rows that were there; the first value stays, as the integration wants it.',
              count(duplicates.ignored),
            ),
          ]}
        </Group>
      </div>
    </section>
  )
}

function term(name: string, meaning: string, value: ReactNode) {
  return { name: <Definition of={meaning}>{name}</Definition>, value: <span className="mono">{value}</span> }
}

function answers({ p50, p99 }: { p50: number | null; p99: number | null }): string {
  return p50 === null || p99 === null ? '–' : `${duration(p50)} · ${duration(p99)}`
}

function Group({ title, children }: { title: string; children: { name: ReactNode; value: ReactNode }[] }) {
  return (
    <section className="panel stack-s">
      <h3>{title}</h3>
      <KeyValues items={children} />
    </section>
  )
}
