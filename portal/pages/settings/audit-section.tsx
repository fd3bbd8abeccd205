// Who did what, newest first, narrowed by person and action; as CSV for whoever has to keep it.
import { useInfiniteQuery } from '@tanstack/react-query'
import { useAddressState } from '../../data/address.ts'
import { call, callRaw, type AnswerOf } from '../../data/client.ts'
import { useChange } from '../../data/change.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { SearchInput } from '../../ui/input.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Select } from '../../ui/select.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { saveFile } from './save-file.ts'

type Entry = AnswerOf<'audit'>['items'][number]

const pageSize = 100
const csvPageSize = 1_000
const csvPagesMax = 20

const actions = [
  { value: '', label: 'Everything' },
  { value: 'session.', label: 'Signing in and out' },
  { value: 'user.', label: 'Users' },
  { value: 'key.', label: 'API keys' },
  { value: 'device.', label: 'Devices and credentials' },
  { value: 'integration.', label: 'Integrations' },
  { value: 'account.', label: 'Application accounts' },
  { value: 'role.', label: 'MQTT roles' },
  { value: 'rule.', label: 'Provisioning rules' },
  { value: 'ban.', label: 'Bans' },
] as const

const columns: Column<Entry>[] = [
  { id: 'at', title: 'When', cell: ({ at }) => <RelativeTime at={at} /> },
  {
    id: 'sentence',
    title: 'What',
    cell: ({ sentence, changes }) => (
      <span className="stack-s audit-sentence">
        <span className="break">{sentence}</span>
        {changes !== undefined && changes.length > 0 && <Changes changes={changes} />}
      </span>
    ),
  },
  { id: 'address', title: 'From', cell: ({ address }) => <code>{address}</code> },
]

export function AuditSection() {
  const [who, setWho] = useAddressState('who')
  const [action, setAction] = useAddressState('action')
  const change = useChange()
  const entries = useInfiniteQuery({
    queryKey: ['audit', who, action],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      call('audit', {
        query: { who, action, limit: String(pageSize), cursor: pageParam || undefined },
        signal,
      }),
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  })
  const rows = entries.data?.pages.flatMap(({ items }) => items) ?? []
  const known = actions.find(({ value }) => value === action)?.value ?? ''
  const isNarrow = who !== '' || action !== ''
  return (
    <div className="stack">
      <div className="settings-filters">
        <SearchInput label="Who did it" value={who} onChange={setWho} />
        <Field label="What was done" isLabelHidden>
          {(control) => <Select {...control} value={known} options={actions} onChange={setAction} />}
        </Field>
        <Button
          icon="download"
          isBusy={change.isBusy}
          onClick={() => void change.run(() => saveCsv(who, action))}
        >
          Save as CSV
        </Button>
      </div>
      {change.error !== undefined && <ErrorState error={change.error} />}
      {entries.isPending && <Skeleton label="The audit log" />}
      {entries.error !== null && <ErrorState error={entries.error} onRetry={() => void entries.refetch()} />}
      {entries.isSuccess && rows.length === 0 && (
        <EmptyState
          icon="table"
          title={isNarrow ? 'Nothing of the kind is on record' : 'Nothing is on record yet'}
        >
          {isNarrow ? 'Choose everything, or another name.' : 'Whatever somebody changes appears here.'}
        </EmptyState>
      )}
      {rows.length > 0 && <Table caption="Audit log" columns={columns} rows={rows} keyOf={({ id }) => id} />}
      {entries.hasNextPage && (
        <div>
          <Button isBusy={entries.isFetchingNextPage} onClick={() => void entries.fetchNextPage()}>
            Show older entries
          </Button>
        </div>
      )}
    </div>
  )
}

function Changes({ changes }: { changes: NonNullable<Entry['changes']> }) {
  return (
    <span className="audit-changes soft">
      {changes.map(({ member, from, to }) => (
        <span key={member}>
          <code>{member}</code> {from !== undefined && <>{textOf(from)} → </>}
          {to === undefined ? 'removed' : textOf(to)}
        </span>
      ))}
    </span>
  )
}

function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

/** Page after page, so that the hub never holds all of it. */
async function saveCsv(who: string, action: string): Promise<void> {
  const parts: string[] = []
  let address: string | undefined
  for (let page = 0; page < csvPagesMax; page++) {
    const cursor =
      address === undefined ? undefined : (new URLSearchParams(address).get('cursor') ?? undefined)
    const query = { who, action, limit: String(csvPageSize), cursor }
    const response = await callRaw('audit', { query, accept: 'text/csv' })
    const text = await response.text()
    parts.push(page === 0 ? text : text.slice(text.indexOf('\r\n') + 2))
    address = /<\?([^>]*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1]
    if (address === undefined) break
  }
  saveFile(`ackstone-audit-${new Date().toISOString().slice(0, 10)}.csv`, 'text/csv', parts)
}
