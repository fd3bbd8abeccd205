// API keys: how each begins, what it may do, when it was last used. A new one is shown once.
import { useState } from 'react'
import { call, type AnswerOf } from '../../data/client.ts'
import { useChange } from '../../data/change.ts'
import { useOperation } from '../../data/queries.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { ConfirmByName } from '../../ui/confirm-by-name.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { OptionalTime } from '../../ui/optional-time.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Badge } from '../../ui/state.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { useToast } from '../../ui/toast.tsx'
import { KeyForm } from './key-form.tsx'
import { ShownOnce } from './shown-once.tsx'

type Key = AnswerOf<'listKeys'>['items'][number]
export type NewKey = AnswerOf<'createKey'>

export function KeysSection() {
  const keys = useOperation('listKeys', {})
  const [isNew, setNew] = useState(false)
  const [made, setMade] = useState<NewKey>()
  const [leaving, setLeaving] = useState<Key>()
  const change = useChange('listKeys', 'audit')
  const say = useToast()
  const columns = columnsFor(setLeaving)
  const create = (
    <Button kind="primary" icon="plus" onClick={() => setNew(true)}>
      New key
    </Button>
  )
  const rows = keys.data?.items ?? []
  return (
    <div className="stack">
      {rows.length > 0 && <div className="settings-actions">{create}</div>}
      {change.error !== undefined && <ErrorState error={change.error} />}
      {keys.isPending && <Skeleton label="The list of keys" lines={3} />}
      {keys.error !== null && <ErrorState error={keys.error} onRetry={() => void keys.refetch()} />}
      {keys.isSuccess && rows.length === 0 && (
        <EmptyState icon="key" title="No program has a key yet" actions={create}>
          A script that stores readings over HTTP, a report, a dashboard: give each its own key, so that one
          can be revoked without the others.
        </EmptyState>
      )}
      {rows.length > 0 && <Table caption="API keys" columns={columns} rows={rows} keyOf={({ id }) => id} />}
      {isNew && (
        <KeyForm
          onClose={() => setNew(false)}
          onMade={(key) => {
            setNew(false)
            setMade(key)
          }}
        />
      )}
      {made !== undefined && <MadeKey made={made} onClose={() => setMade(undefined)} />}
      {leaving !== undefined && (
        <ConfirmByName
          title={`Revoke ${leaving.name}`}
          name={leaving.name}
          noun="key"
          action="Revoke the key"
          onClose={() => setLeaving(undefined)}
          onConfirm={async () => {
            await call('removeKey', { params: { id: leaving.id } })
            await change.run(async () => undefined)
            say(`The key ${leaving.name} is revoked.`)
          }}
        >
          The program that uses the key is refused from now on. A revoked key can’t be brought back.
        </ConfirmByName>
      )}
    </div>
  )
}

function columnsFor(onRevoke: (key: Key) => void): Column<Key>[] {
  return [
    {
      id: 'name',
      title: 'Name',
      cell: ({ name, isFromSetup }) => (
        <span className="row">
          <strong>{name}</strong>
          {isFromSetup && <Badge>from the setup</Badge>}
        </span>
      ),
    },
    { id: 'prefix', title: 'Begins with', cell: ({ prefix }) => <code>{prefix}…</code> },
    { id: 'scopes', title: 'May', cell: ({ scopes }) => scopes.join(', ') },
    { id: 'lastUsedAt', title: 'Last used', cell: ({ lastUsedAt }) => <OptionalTime at={lastUsedAt} /> },
    { id: 'expiresAt', title: 'Ends', cell: ({ expiresAt }) => <OptionalTime at={expiresAt} /> },
    {
      id: 'revoke',
      title: <span className="hidden-visually">Actions</span>,
      cell: (key) => (
        <Button size="small" icon="trash" aria-label={`Revoke ${key.name}`} onClick={() => onRevoke(key)}>
          Revoke
        </Button>
      ),
    },
  ]
}

function MadeKey({ made, onClose }: { made: NewKey; onClose: () => void }) {
  return (
    <ShownOnce title={`The key ${made.name}`} label="API key" secret={made.key} onClose={onClose}>
      <p>Send it with each request as a bearer token:</p>
      <CodeBlock label="A request with the key" text={exampleFor(made)} />
    </ShownOnce>
  )
}

function exampleFor({ scopes, key }: NewKey): string {
  const asked = scopes.includes('read') || scopes.includes('operate') || scopes.includes('administer')
  const header = `curl -H 'Authorization: Bearer ${key}' \\\n  `
  if (asked) return `${header}${location.origin}/api/v1/devices`
  return `${header}--json '{"temp":21.5}' ${location.origin}/api/v1/devices/d1/telemetry`
}
