// Where messages come from: each integration with its QoS, its state and what happened to its messages. Drafts that
// wait in this browser stand above.
import { useQuery } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import { call } from '../../data/client.ts'
import { useLacks } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Badge } from '../../ui/state.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { Definition } from '../../ui/tooltip.tsx'
import { newDraftId } from '../setup/draft.ts'
import { Drafts } from './drafts.tsx'
import { deviceApiId, selectedQos, type Integration } from './integration-api.ts'
import { DeliveryCell, IntegrationState, RateCell } from './integration-cells.tsx'

export function IntegrationsPage() {
  const integrations = useQuery({ queryKey: ['listIntegrations'], queryFn: () => call('listIntegrations') })
  const [, navigate] = useLocation()
  const lacks = useLacks('operator')
  const items = integrations.data?.items ?? []
  const setUp = (
    <Button
      kind="primary"
      icon="plus"
      lacks={lacks}
      onClick={() => navigate(`/integrations/new?draft=${newDraftId()}`)}
    >
      Set up an integration
    </Button>
  )
  return (
    <div className="stack-l">
      <PageHeader
        title="Integrations"
        about="An integration says which topics are taken, how safely they are stored, and how payloads are read."
        actions={
          <>
            <Link className="button plain medium" href="/scripts">
              Scripts
            </Link>
            {setUp}
          </>
        }
      />
      <Drafts />
      {integrations.isPending && <Skeleton label="Integrations" />}
      {integrations.error !== null && (
        <ErrorState error={integrations.error} onRetry={() => void integrations.refetch()} />
      )}
      {items.length > 0 && <IntegrationTable items={items} />}
      {items.length === 1 && items[0]?.id === deviceApiId && (
        <EmptyState icon="integration" title="Only the ready-made integration is there" actions={setUp}>
          Devices that publish to its topics are stored already. Set one up for topics of your own, or to
          attach a broker that you run.
        </EmptyState>
      )}
    </div>
  )
}

function IntegrationTable({ items }: { items: readonly Integration[] }) {
  return <Table caption="Integrations" rows={items} keyOf={({ id }) => id} columns={columns} />
}

const columns: readonly Column<Integration>[] = [
  {
    id: 'name',
    title: 'Name',
    cell: ({ id, name, managed }) => (
      <span className="row">
        <Link href={`/integrations/${encodeURIComponent(id)}`}>{name}</Link>
        {managed && <Badge>{id === deviceApiId ? 'ready-made' : 'ackstone.yaml'}</Badge>}
      </span>
    ),
  },
  { id: 'kind', title: 'Source', cell: (integration) => <Source integration={integration} /> },
  {
    id: 'qos',
    title: (
      <Definition of="The Quality of Service selected for the topics. A message counts with the lower of this and the QoS it was published with.">
        QoS
      </Definition>
    ),
    cell: (integration) => (integration.id === deviceApiId ? 'as published' : selectedQos(integration)),
  },
  {
    id: 'state',
    title: 'State',
    cell: (integration) => <IntegrationState integration={integration} />,
  },
  {
    id: 'rate',
    title: <Definition of="Messages per second, over the last seconds.">Rate</Definition>,
    isNumber: true,
    cell: ({ id }) => <RateCell id={id} />,
  },
  {
    id: 'stored',
    title: <Definition of="Rows that were not there before and now are.">Stored</Definition>,
    isNumber: true,
    cell: ({ id }) => <DeliveryCell id={id} show="readingsStored" />,
  },
  {
    id: 'duplicates',
    title: (
      <Definition of="Rows that came again: with the same value, overwritten, or ignored.">
        Repeats
      </Definition>
    ),
    isNumber: true,
    cell: ({ id }) => <DeliveryCell id={id} show="repeats" />,
  },
  {
    id: 'late',
    title: (
      <Definition of="Rows older than the newest of their series. They are stored, and never move the latest value.">
        Late
      </Definition>
    ),
    isNumber: true,
    cell: ({ id }) => <DeliveryCell id={id} show="late" />,
  },
  {
    id: 'rejected',
    title: (
      <Definition of="Messages that the converter could not read. They are kept, with the reason.">
        Rejected
      </Definition>
    ),
    isNumber: true,
    cell: ({ id }) => <DeliveryCell id={id} show="rejected" />,
  },
  {
    id: 'ack',
    title: (
      <Definition of="99 of 100 answers left within this time after their message came.">Ack p99</Definition>
    ),
    isNumber: true,
    cell: ({ id }) => <DeliveryCell id={id} show="p99" />,
  },
]

function Source({ integration }: { integration: Integration }) {
  if (integration.connection === undefined) return <>Devices connect here</>
  return <code className="break">{integration.connection.url}</code>
}
