// Scripts that turn payloads into readings, for devices that no converter knows. Kept on the hub, with versions.
import { useQuery } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import { call } from '../../data/client.ts'
import { useLacks } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { State } from '../../ui/state.tsx'
import { Table } from '../../ui/table.tsx'
import { Definition } from '../../ui/tooltip.tsx'
import { count, duration } from '../../ui/format.ts'

export function ScriptsPage() {
  const scripts = useQuery({
    queryKey: ['scripts'],
    queryFn: ({ signal }) => call('listScripts', { signal }),
  })
  const items = scripts.data?.items ?? []
  const [, navigate] = useLocation()
  const lacks = useLacks('operator')
  const add = (
    <Button kind="primary" icon="plus" lacks={lacks} onClick={() => navigate('/scripts/new')}>
      Write a script
    </Button>
  )
  return (
    <div className="stack-l">
      <PageHeader
        title="Scripts"
        about="JavaScript that turns payloads into readings, in a sandbox with limits on time and memory. Integrations use a script by its name."
        actions={items.length > 0 && add}
      />
      {scripts.isPending && <Skeleton label="Scripts" />}
      {scripts.error !== null && <ErrorState error={scripts.error} onRetry={() => void scripts.refetch()} />}
      {scripts.data !== undefined && items.length === 0 && (
        <EmptyState icon="data" title="No script has been written yet" actions={add}>
          Most payloads need none: the converters read JSON, SenML, LoRaWAN servers and many devices. A script
          reads what they don’t, for example the bytes of a sensor of your own.
        </EmptyState>
      )}
      {items.length > 0 && (
        <Table
          caption="Scripts"
          rows={items}
          keyOf={({ id }) => id}
          columns={[
            {
              id: 'name',
              title: 'Name',
              cell: ({ id, name }) => <Link href={`/scripts/${encodeURIComponent(id)}`}>{name}</Link>,
            },
            { id: 'version', title: 'Version', isNumber: true, cell: ({ version }) => version },
            { id: 'changed', title: 'Changed', cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
            {
              id: 'runs',
              title: (
                <Definition of="Messages that the script has read since the hub started.">Runs</Definition>
              ),
              isNumber: true,
              cell: ({ figures }) => count(figures.runs),
            },
            {
              id: 'failures',
              title: (
                <Definition of="Messages that it could not read, or that took too long. They are kept as rejected.">
                  Failures
                </Definition>
              ),
              isNumber: true,
              cell: ({ figures }) =>
                count(Object.values(figures.failures).reduce((sum, each) => sum + each, 0)),
            },
            {
              id: 'time',
              title: <Definition of="Processor time: 99 of 100 calls took less.">p99</Definition>,
              isNumber: true,
              cell: ({ figures }) => (figures.cpuMs.p99 === null ? '–' : duration(figures.cpuMs.p99)),
            },
            {
              id: 'state',
              title: 'State',
              cell: ({ figures }) =>
                figures.suspendedUntil === null ? (
                  <State of="connected">May run</State>
                ) : (
                  <State of="error">Suspended</State>
                ),
            },
          ]}
        />
      )}
    </div>
  )
}
