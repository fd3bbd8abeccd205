// Delivery: the promise explained, what happened to all messages, by integration and by hub, and over the last day.
import type { AnswerOf } from '../../data/client.ts'
import { useOperation } from '../../data/queries.ts'
import { ErrorState } from '../../ui/error-state.tsx'
import { count, duration } from '../../ui/format.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Badge } from '../../ui/state.tsx'
import { Table } from '../../ui/table.tsx'
import { ByIntegration } from './by-integration.tsx'
import './delivery.css'
import { Figure } from './figure.tsx'
import { HistoryChart } from './history-chart.tsx'
import { PromisePanel } from './promise-panel.tsx'

const refreshMs = 5_000
const historyRefreshMs = 15_000

type Delivery = AnswerOf<'delivery'>

const repeatsMeaning =
  'Rows that were there already: written again with the same value, with another value, or ignored because the first ' +
  'stays. None of them is there twice.'

export function DeliveryPage() {
  const delivery = useOperation('delivery', {}, { refetchInterval: refreshMs })
  return (
    <>
      <PageHeader
        title="Delivery"
        about="Whether what was acknowledged is what is stored, and what happened on the way."
      />
      <div className="stack-l">
        <PromisePanel />
        {delivery.isPending && <Skeleton label="The figures of delivery" />}
        {delivery.error !== null && (
          <ErrorState error={delivery.error} onRetry={() => void delivery.refetch()} />
        )}
        {delivery.data !== undefined && <All of={delivery.data} />}
        <History />
        <ByIntegration />
        {delivery.data !== undefined && delivery.data.hubs.length > 1 && <ByHub hubs={delivery.data.hubs} />}
      </div>
    </>
  )
}

function All({ of }: { of: Delivery }) {
  const { received, duplicates, ackMs } = of
  const repeats = duplicates.sameValue + duplicates.overwritten + duplicates.ignored
  return (
    <section className="panel stack" aria-labelledby="all">
      <h2 id="all">All messages</h2>
      <dl className="figures">
        <Figure
          name="Received"
          meaning="Messages that an integration takes, by the QoS they were published with."
          note={`QoS 0: ${count(received.qos0)} · 1: ${count(received.qos1)} · 2: ${count(received.qos2)}`}
        >
          {count(received.qos0 + received.qos1 + received.qos2)}
        </Figure>
        <Figure name="Readings stored" meaning="Rows that were not there before and now are.">
          {count(of.readingsStored)}
        </Figure>
        <Figure
          name="Duplicates suppressed"
          meaning={repeatsMeaning}
          note={`same ${count(duplicates.sameValue)} · overwritten ${count(duplicates.overwritten)} · ignored ${count(duplicates.ignored)}`}
        >
          {count(repeats)}
        </Figure>
        <Figure
          name="Sent again"
          meaning="Messages with the DUP flag, or again under a known packet identifier at QoS 2: their publisher had no answer to the first."
        >
          {count(duplicates.redelivered)}
        </Figure>
        <Figure
          name="Late"
          meaning="Rows older than the newest of their series when they came. They are stored at their own times."
        >
          {count(of.late)}
        </Figure>
        <Figure
          name="Rejected"
          meaning="Messages that no converter could read. They are kept as they came, with the reason."
        >
          {count(of.rejected)}
        </Figure>
        <Figure
          name="Shed"
          meaning="Messages at QoS 0 that were dropped because the store could not keep up. QoS 1 and 2 are never dropped."
        >
          {count(of.shed)}
        </Figure>
        <Figure
          name="Answer after"
          meaning="From the receipt of a message to its answer: half of them took less, and below it what 99 of 100 took less than."
          note={ackMs.p99 === null ? undefined : `99 of 100: ${duration(ackMs.p99)}`}
        >
          {ackMs.p50 === null ? '–' : duration(ackMs.p50)}
        </Figure>
      </dl>
      <p className="soft small">
        Counted since <RelativeTime at={of.since} />, over restarts.
      </p>
    </section>
  )
}

function History() {
  const history = useOperation('deliveryHistory', {}, { refetchInterval: historyRefreshMs })
  if (history.error !== null)
    return <ErrorState error={history.error} onRetry={() => void history.refetch()} />
  if (history.data === undefined) return <Skeleton label="The history" />
  const { points } = history.data
  const of = (pick: (point: (typeof points)[number]) => number | null) =>
    points.map((point) => ({ at: point.at, value: pick(point) }))
  return (
    <section className="stack" aria-labelledby="history">
      <h2 id="history">The last 24 hours, by the minute</h2>
      <div className="columns">
        <HistoryChart
          title="Messages"
          unit="a minute"
          points={of(({ messages }) => messages)}
          format={count}
        />
        <HistoryChart
          title="Readings stored"
          unit="a minute"
          points={of(({ readings }) => readings)}
          format={count}
        />
        <HistoryChart
          title="Answer within, 99 of 100"
          unit=""
          points={of(({ p99 }) => p99)}
          format={duration}
        />
        <HistoryChart
          title="Duplicates"
          unit="a minute"
          points={of(({ duplicates }) => duplicates)}
          format={count}
        />
        <HistoryChart title="Late" unit="a minute" points={of(({ late }) => late)} format={count} />
        <HistoryChart
          title="Rejected"
          unit="a minute"
          points={of(({ rejected }) => rejected)}
          format={count}
        />
      </div>
      <p className="soft small">Kept in memory: it begins when the hub started.</p>
    </section>
  )
}

function ByHub({ hubs }: { hubs: Delivery['hubs'] }) {
  return (
    <section className="stack" aria-labelledby="hubs">
      <h2 id="hubs">By hub</h2>
      <Table
        caption="Figures of each hub on this store"
        rows={hubs}
        keyOf={({ hub }) => hub}
        columns={[
          {
            id: 'hub',
            title: 'Hub',
            cell: ({ hub, isThis }) => (
              <>
                <code>{hub}</code> {isThis && <Badge tone="accent">this one</Badge>}
              </>
            ),
          },
          {
            id: 'received',
            title: 'Messages',
            isNumber: true,
            cell: ({ received }) => count(received.qos0 + received.qos1 + received.qos2),
          },
          {
            id: 'acknowledged',
            title: 'Acknowledged',
            isNumber: true,
            cell: (hub) => count(hub.acknowledged),
          },
          {
            id: 'stored',
            title: 'Readings stored',
            isNumber: true,
            cell: (hub) => count(hub.readingsStored),
          },
          { id: 'rejected', title: 'Rejected', isNumber: true, cell: (hub) => count(hub.rejected) },
          { id: 'late', title: 'Late', isNumber: true, cell: (hub) => count(hub.late) },
        ]}
      />
    </section>
  )
}
