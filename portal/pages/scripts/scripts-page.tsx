// Scripts that turn payloads into readings, for devices that no converter knows. Kept on the hub, with versions.
import { useQuery } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import { useLacks } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Table } from '../../ui/table.tsx'
import { listScripts } from './script-api.ts'

export function ScriptsPage() {
  const scripts = useQuery({ queryKey: ['scripts'], queryFn: ({ signal }) => listScripts(signal) })
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
        actions={scripts.data !== undefined && scripts.data.length > 0 && add}
      />
      {scripts.isPending && <Skeleton label="Scripts" />}
      {scripts.error !== null && <ErrorState error={scripts.error} onRetry={() => void scripts.refetch()} />}
      {scripts.data?.length === 0 && (
        <EmptyState icon="data" title="No script has been written yet" actions={add}>
          Most payloads need none: the converters read JSON, SenML, LoRaWAN servers and many devices. A script
          reads what they don’t, for example the bytes of a sensor of your own.
        </EmptyState>
      )}
      {scripts.data !== undefined && scripts.data.length > 0 && (
        <Table
          caption="Scripts"
          rows={scripts.data}
          keyOf={({ id }) => id}
          columns={[
            {
              id: 'name',
              title: 'Name',
              cell: ({ id, name }) => <Link href={`/scripts/${encodeURIComponent(id)}`}>{name}</Link>,
            },
            { id: 'version', title: 'Version', isNumber: true, cell: ({ version }) => version },
            { id: 'changed', title: 'Changed', cell: ({ updatedAt }) => <RelativeTime at={updatedAt} /> },
          ]}
        />
      )}
    </div>
  )
}
