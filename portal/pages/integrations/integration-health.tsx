// How an integration is doing: what happened to its messages, and for a bridge how its connection is.
import { ErrorState } from '../../ui/error-state.tsx'
import { Callout } from '../../ui/callout.tsx'
import { count, duration } from '../../ui/format.ts'
import { KeyValues, type KeyValue } from '../../ui/key-values.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Definition } from '../../ui/tooltip.tsx'
import { receivedOf, type BridgeHealth, type Delivery, type Integration } from './integration-api.ts'
import { useBridgeHealth, useDelivery } from './integration-cells.tsx'

export function IntegrationHealth({ integration }: { integration: Integration }) {
  const delivery = useDelivery(integration.id)
  const health = useBridgeHealth(integration)
  return (
    <div className="stack-l">
      {integration.connection !== undefined && health.error !== null && <ErrorState error={health.error} />}
      {health.data !== undefined && <Bridge health={health.data} />}
      {delivery.isPending && <Skeleton label="Figures" />}
      {delivery.error !== null && (
        <ErrorState error={delivery.error} onRetry={() => void delivery.refetch()} />
      )}
      {delivery.data !== undefined && <KeyValues items={figuresOf(delivery.data)} />}
    </div>
  )
}

function figuresOf(delivery: Delivery): KeyValue[] {
  const { received, duplicates, ackMs } = delivery
  const total = receivedOf(delivery)
  return [
    {
      name: (
        <Definition of="Messages that this integration took, by the QoS they were published with.">
          Received
        </Definition>
      ),
      value: `${count(total)} · QoS 0: ${count(received.qos0)} · QoS 1: ${count(received.qos1)} · QoS 2: ${count(received.qos2)}`,
    },
    {
      name: <Definition of="Messages at QoS 1 and 2 whose answer has left.">Acknowledged</Definition>,
      value: count(delivery.acknowledged),
    },
    {
      name: <Definition of="Rows that were not there before and now are.">Readings stored</Definition>,
      value: count(delivery.readingsStored),
    },
    {
      name: (
        <Definition of="Repeats that were met: messages delivered again, rows with the same value, rows overwritten, rows ignored.">
          Repeats
        </Definition>
      ),
      value: [
        `delivered again ${count(duplicates.redelivered)}`,
        `same value ${count(duplicates.sameValue)}`,
        `overwritten ${count(duplicates.overwritten)}`,
        `ignored ${count(duplicates.ignored)}`,
      ].join(' · '),
    },
    {
      name: <Definition of="Messages that the converter could not read.">Rejected</Definition>,
      value: count(delivery.rejected),
    },
    {
      name: (
        <Definition of="Messages at QoS 0 that were dropped because the store could not keep up.">
          Shed
        </Definition>
      ),
      value: count(delivery.shed),
    },
    {
      name: <Definition of="Rows older than the newest of their series.">Late</Definition>,
      value: count(delivery.late),
    },
    {
      name: <Definition of="From the arrival of a message to its answer.">Time to the answer</Definition>,
      value:
        ackMs.p50 === null || ackMs.p99 === null
          ? 'nothing was answered yet'
          : `half within ${duration(ackMs.p50)}, 99 of 100 within ${duration(ackMs.p99)}`,
    },
    { name: 'Counted since', value: <RelativeTime at={delivery.since} /> },
  ]
}

const kinds: Readonly<Record<string, 'good' | 'error' | 'warning'>> = {
  connected: 'good',
  refused: 'error',
  failed: 'error',
}

/** Not said: left out, or null. */
function isNone(value: unknown): value is null | undefined {
  return value === null || value === undefined
}

function Bridge({ health }: { health: BridgeHealth }) {
  const items: KeyValue[] = (health.topics ?? []).map(({ filter, asked, granted }) => ({
    name: <code className="break">{filter}</code>,
    value:
      granted === null
        ? `QoS ${asked} asked, not granted yet`
        : granted < asked
          ? `QoS ${asked} selected, ${granted} granted`
          : `QoS ${granted}`,
  }))
  if (!isNone(health.connectedSince))
    items.push({ name: 'Connected since', value: <RelativeTime at={health.connectedSince} /> })
  if (!isNone(health.maximumQos)) items.push({ name: 'Highest QoS of the broker', value: health.maximumQos })
  if (!isNone(health.sessionExpiry))
    items.push({ name: 'The broker keeps the session for', value: duration(health.sessionExpiry * 1000) })
  return (
    <div className="stack">
      <Callout kind={kinds[health.state] ?? 'warning'} title={health.sentence}>
        {!isNone(health.hint) && health.hint !== '' && <p>{health.hint}</p>}
      </Callout>
      {!isNone(health.budget) && <Callout kind="info">{health.budget.sentence}</Callout>}
      {items.length > 0 && <KeyValues items={items} />}
    </div>
  )
}
