// Messages that no converter could read: kept as they came, put together by what is wrong, retried when it is mended.
import { Link } from 'wouter'
import { useAddressState } from '../../data/address.ts'
import { useOperation } from '../../data/queries.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { count } from '../../ui/format.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { Select } from '../../ui/select.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { GroupPanel } from './group-panel.tsx'
import { groupsOf } from './groups.ts'
import './rejected.css'

/** Messages that are looked at; there may be more. */
const looked = 500
const refreshMs = 5_000

export function RejectedPage() {
  const [integration, setIntegration] = useAddressState('integration')
  const [open, setOpen] = useAddressState('group')
  const integrations = useOperation('listIntegrations', {})
  const query = { limit: String(looked), ...(integration !== '' && { integration }) }
  const list = useOperation('listRejected', { query }, { refetchInterval: refreshMs })
  const items = list.data?.items ?? []
  const names = new Map((integrations.data?.items ?? []).map(({ id, name }) => [id, name]))
  return (
    <>
      <PageHeader
        title="Rejected messages"
        about="No converter could read them. They are kept as they came and were acknowledged, so nothing is lost: mend the converter, then retry them."
        actions={
          <Select
            aria-label="Integration"
            value={integration}
            options={[
              { value: '', label: 'All integrations' },
              ...Array.from(names, ([value, label]) => ({ value, label })),
            ]}
            onChange={setIntegration}
          />
        }
      />
      {list.isPending && <Skeleton label="The rejected messages" />}
      {list.error !== null && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && items.length === 0 && <NoneRejected />}
      {items.length > 0 && (
        <div className="stack">
          {list.data?.nextCursor !== null && (
            <p className="soft">
              These are the newest {count(looked)}; older ones follow when these are dealt with.
            </p>
          )}
          {groupsOf(items).map((group) => (
            <GroupPanel
              key={group.id}
              group={group}
              name={names.get(group.integration) ?? group.integration}
              isOpen={open === group.id}
              onOpen={(isOpen) => setOpen(isOpen ? group.id : '')}
            />
          ))}
        </div>
      )}
    </>
  )
}

function NoneRejected() {
  return (
    <EmptyState icon="check" title="Nothing has been rejected">
      Every message that came to an integration could be read. What comes in is under{' '}
      <Link href="/traffic">Live traffic</Link>.
    </EmptyState>
  )
}
