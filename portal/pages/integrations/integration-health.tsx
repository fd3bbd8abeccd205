// How an integration is doing: what happened to its messages, and for a bridge how its connection is.
import { ErrorState } from '../../ui/error-state.tsx'
import { Callout } from '../../ui/callout.tsx'
import { count, duration } from '../../ui/format.ts'
import { KeyValues, type KeyValue } from '../../ui/key-values.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { State } from '../../ui/state.tsx'
import { Table } from '../../ui/table.tsx'
import { Definition } from '../../ui/tooltip.tsx'
import { receivedOf, type Delivery, type Health, type Integration } from './integration-api.ts'
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

const kinds: Readonly<Partial<Record<Health['state'], 'good' | 'error' | 'info'>>> = {
  connected: 'good',
  refused: 'error',
  standby: 'info',
}

function Bridge({ health }: { health: Health }) {
  const { sentence, state, topics, connections, outageBudget } = health
  return (
    <div className="stack">
      <Callout kind={kinds[state] ?? 'warning'} title={sentence} />
      {connections.map(
        ({ clientId, lastError }) =>
          lastError !== null && (
            <Callout key={clientId} kind="error" title={lastError.sentence}>
              {lastError.hint} <RelativeTime at={lastError.at} />
            </Callout>
          ),
      )}
      <Callout kind="info">{outageBudget.sentence}</Callout>
      <Table
        caption="What the broker grants"
        rows={topics}
        keyOf={({ filter }) => filter}
        columns={[
          {
            id: 'filter',
            title: 'Topic filter',
            cell: ({ filter }) => <code className="break">{filter}</code>,
          },
          { id: 'selected', title: 'Selected', cell: ({ selected }) => `QoS ${selected}` },
          {
            id: 'granted',
            title: (
              <Definition of="What the broker agreed to send with. Lower than selected, less is promised.">
                Granted
              </Definition>
            ),
            cell: ({ granted, selected, isRefused }) =>
              isRefused ? (
                <State of="error">refused</State>
              ) : granted === null ? (
                'not yet'
              ) : granted < selected ? (
                <State of="warning">QoS {granted}</State>
              ) : (
                `QoS ${granted}`
              ),
          },
          { id: 'sentence', title: 'What it means', cell: (topic) => topic.sentence },
        ]}
      />
      {connections.map((connection) => (
        <Connection key={connection.clientId} connection={connection} />
      ))}
      <KeyValues
        items={[
          ...runsOn(health),
          {
            name: (
              <Definition of="Messages that the broker has delivered since the bridge was started, repeats included.">
                From the broker
              </Definition>
            ),
            value: `${count(health.messages)} received · ${count(health.acknowledged)} acknowledged · ${count(health.waiting)} waiting for their answer`,
          },
          {
            name: <Definition of="Connections that stood after the first one.">Connected again</Definition>,
            value: count(health.reconnects),
          },
          {
            name: (
              <Definition of="Messages that the broker had kept as retained and that carry no time of their own: their time of arrival would be wrong.">
                Retained, left out
              </Definition>
            ),
            value: count(health.retainedLeftOut),
          },
          {
            name: <Definition of="Messages that came with the mark of a repeat.">Delivered again</Definition>,
            value: count(health.redelivered),
          },
        ]}
      />
    </div>
  )
}

/** Where several hubs share the bridge. */
function runsOn({ runsOn: on }: Health): KeyValue[] {
  if (on === null) return []
  const name = (
    <Definition of="Of the hubs that share the store, one runs the bridge. Another takes over when it is gone.">
      Runs on
    </Definition>
  )
  return [{ name, value: on.isThis ? 'this hub' : <code className="break">{on.hub}</code> }]
}

function Connection({ connection }: { connection: Health['connections'][number] }) {
  const { clientId, protocolVersion, maximumQos, receiveMaximum, sessionExpiry, connectedSince, retryAt } =
    connection
  const items: KeyValue[] = [
    { name: 'Client identifier', value: <code className="break">{clientId}</code> },
    { name: 'State', value: connection.state },
  ]
  if (protocolVersion !== null) items.push({ name: 'MQTT', value: protocolVersion === 5 ? '5' : '3.1.1' })
  if (connectedSince !== null)
    items.push({ name: 'Connected since', value: <RelativeTime at={connectedSince} /> })
  if (retryAt !== null) items.push({ name: 'Tries again', value: <RelativeTime at={retryAt} /> })
  if (maximumQos !== null) items.push({ name: 'Highest QoS of the broker', value: maximumQos })
  if (receiveMaximum !== null)
    items.push({ name: 'The broker takes at once', value: `${count(receiveMaximum)} messages` })
  if (sessionExpiry !== null) {
    const { asked, granted } = sessionExpiry
    const kept = `${duration(granted * 1000)}`
    items.push({
      name: 'The broker keeps the session for',
      value: granted < asked ? `${kept}; ${duration(asked * 1000)} were asked` : kept,
    })
  }
  return <KeyValues items={items} />
}
