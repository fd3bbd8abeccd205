// What the four lists of MQTT access share: reading, adding, removing after the name was typed, and the states between.
import { useState, type ReactNode } from 'react'
import { useChange } from '../../../data/change.ts'
import type { OperationId } from '../../../data/client.ts'
import { useLacks } from '../../../data/session.ts'
import { Button } from '../../../ui/button.tsx'
import { ConfirmByName } from '../../../ui/confirm-by-name.tsx'
import { EmptyState } from '../../../ui/empty-state.tsx'
import { ErrorState } from '../../../ui/error-state.tsx'
import type { IconName } from '../../../ui/icon.tsx'
import { Skeleton } from '../../../ui/skeleton.tsx'
import { Badge } from '../../../ui/state.tsx'
import { Table, type Column } from '../../../ui/table.tsx'
import { useToast } from '../../../ui/toast.tsx'
import { Tooltip } from '../../../ui/tooltip.tsx'

const whyFixed = 'It is part of Ackstone or declared in ackstone.yaml, so it can’t be changed here.'

interface Row {
  managed: boolean
}

interface ManagedListProps<R extends Row> {
  /** "account", as sentences have it. */
  noun: string
  about: ReactNode
  icon: IconName
  emptyTitle: string
  query: { data: { items: R[] } | undefined; error: unknown; isPending: boolean; refetch: () => unknown }
  stale: OperationId
  columns: readonly Column<R>[]
  nameOf: (row: R) => string
  addLabel: string
  /** The dialog that adds one. */
  add: (close: () => void) => ReactNode
  remove: (row: R) => Promise<unknown>
  /** What removing one does, in full sentences. */
  consequence: string
  removeLabel?: string
}

export function ManagedList<R extends Row>(props: ManagedListProps<R>) {
  const { noun, about, icon, emptyTitle, query, stale, columns, nameOf, addLabel, add, remove, consequence } =
    props
  const { removeLabel = 'Remove' } = props
  const [isAdding, setAdding] = useState(false)
  const [leaving, setLeaving] = useState<R>()
  const lacks = useLacks('administrator')
  const change = useChange(stale, 'audit')
  const say = useToast()
  const rows = query.data?.items ?? []
  const addButton = (
    <Button kind="primary" icon="plus" lacks={lacks} onClick={() => setAdding(true)}>
      {addLabel}
    </Button>
  )
  const last: Column<R> = {
    id: 'remove',
    title: <span className="hidden-visually">Actions</span>,
    cell: (row) =>
      row.managed ? (
        <Tooltip text={whyFixed}>
          <span tabIndex={0}>
            <Badge>fixed</Badge>
          </span>
        </Tooltip>
      ) : (
        <Button size="small" icon="trash" lacks={lacks} onClick={() => setLeaving(row)}>
          {removeLabel}
        </Button>
      ),
  }
  return (
    <div className="stack">
      <div className="row-apart">
        <p className="soft">{about}</p>
        {rows.length > 0 && addButton}
      </div>
      {query.isPending && <Skeleton label="The list" lines={3} />}
      {query.error !== null && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data !== undefined && rows.length === 0 && (
        <EmptyState icon={icon} title={emptyTitle} actions={addButton}>
          {consequenceOfNone[noun]}
        </EmptyState>
      )}
      {rows.length > 0 && (
        <Table caption={`List of ${noun}s`} columns={[...columns, last]} rows={rows} keyOf={nameOf} />
      )}
      {isAdding && add(() => setAdding(false))}
      {leaving !== undefined && (
        <ConfirmByName
          title={`${removeLabel} ${nameOf(leaving)}`}
          name={nameOf(leaving)}
          noun={noun}
          action={removeLabel}
          onClose={() => setLeaving(undefined)}
          onConfirm={async () => {
            await remove(leaving)
            await change.run(async () => undefined)
            say(`The ${noun} ${nameOf(leaving)} is gone.`)
          }}
        >
          {consequence}
        </ConfirmByName>
      )}
    </div>
  )
}

const consequenceOfNone: Readonly<Record<string, string>> = {
  account: 'A dashboard or a back end that reads topics over MQTT gets an account with a password.',
  role: 'A role gives names to topic filters, and can be given to devices and accounts.',
  rule: 'With a rule, devices that nobody has entered get in by themselves, up to a number that you choose.',
  ban: 'A ban cuts an address, a network or a device off at once.',
}
