// The newest messages of a device and what became of each, as they come; pausing holds them.
import { useMemo, useState } from 'react'
import { useAddressState } from '../../data/address.ts'
import type { AnswerOf } from '../../data/client.ts'
import { useLive, useStreamOpened } from '../../data/live.ts'
import { askAgain, useOperation } from '../../data/queries.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { bytes, count, duration } from '../../ui/format.ts'
import { PauseButton } from '../../ui/pause-button.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Select } from '../../ui/select.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { State, type StateName } from '../../ui/state.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { Definition } from '../../ui/tooltip.tsx'

type Message = AnswerOf<'traces'>['items'][number]
type Outcome = Message['outcome']

const shownMax = 100
const outcomes: readonly { value: Outcome | ''; label: string }[] = [
  { value: '', label: 'All messages' },
  { value: 'stored', label: 'Stored' },
  { value: 'duplicate', label: 'Duplicates' },
  { value: 'late', label: 'Late' },
  { value: 'rejected', label: 'Rejected' },
  { value: 'shed', label: 'Shed' },
  { value: 'notWanted', label: 'Not wanted' },
]

export function MessagesTab({ device }: { device: string }) {
  const [outcome, setOutcome] = useAddressState('outcome')
  const [isPaused, setPaused] = useState(false)
  const [fresh, setFresh] = useState<readonly Message[]>([])
  const traces = useOperation('traces', { params: undefined, query: { device, outcome, limit: shownMax } })
  useLive(
    'traffic',
    (events) => {
      const own = events.flatMap(({ messages }) => messages).filter((message) => message.device === device)
      if (own.length > 0) setFresh((before) => [...own.toReversed(), ...before].slice(0, shownMax))
    },
    { isPaused },
  )
  useStreamOpened(() => {
    if (!isPaused) void askAgain(traces)
  })
  const rows = useMemo(() => {
    // What came over the stream knows how it ended; the answer of the hub may be older.
    const all = new Map([...(traces.data?.items ?? []), ...fresh].map((message) => [message.id, message]))
    const wanted = [...all.values()].filter((message) => outcome === '' || message.outcome === outcome)
    return wanted.toSorted((a, b) => (a.at < b.at ? 1 : -1)).slice(0, shownMax)
  }, [traces.data, fresh, outcome])
  if (traces.error !== null) return <ErrorState error={traces.error} onRetry={() => void traces.refetch()} />
  if (traces.data === undefined) return <Skeleton label="The messages" />
  return (
    <div className="stack">
      <div className="row-apart">
        <p className="soft">
          The newest messages that the hub remembers since <RelativeTime at={traces.data.ring.since} />; a
          sample while there are very many.
        </p>
        <div className="row">
          <Select
            aria-label="Which messages"
            value={outcome as Outcome | ''}
            options={outcomes}
            onChange={setOutcome}
          />
          <PauseButton isPaused={isPaused} onChange={setPaused} />
        </div>
      </div>
      {rows.length === 0 ? (
        <EmptyState icon="traffic" title="No such message is remembered">
          Messages appear here as they come. The hub keeps the newest of all devices, for as long as it runs.
        </EmptyState>
      ) : (
        <Table caption="Messages" columns={columns} rows={rows} keyOf={({ id }) => id} />
      )}
    </div>
  )
}

const columns: readonly Column<Message>[] = [
  { id: 'at', title: 'Received', cell: ({ at }) => <RelativeTime at={at} /> },
  { id: 'outcome', title: 'Outcome', cell: ({ outcome }) => <State of={outcome satisfies StateName} /> },
  {
    id: 'topic',
    title: 'Topic',
    cell: ({ topic, reason }) => (
      <>
        <code className="break">{topic}</code>
        {reason !== undefined && <div className="soft small">{reason}</div>}
      </>
    ),
  },
  {
    id: 'qos',
    title: (
      <Definition of="As published, and what is in force: the lower of that and what the integration selects.">
        QoS
      </Definition>
    ),
    cell: ({ qos, effectiveQos, dup }) => (
      <>
        {qos === effectiveQos ? qos : `${qos} → ${effectiveQos}`}
        {dup && ' DUP'}
      </>
    ),
  },
  { id: 'bytes', title: 'Size', isNumber: true, cell: ({ bytes: size }) => bytes(size) },
  { id: 'readings', title: 'Readings', isNumber: true, cell: ({ readings }) => count(readings) },
  { id: 'stored', title: 'Stored after', isNumber: true, cell: ({ ms }) => after(ms.stored) },
  { id: 'answered', title: 'Answered after', isNumber: true, cell: ({ ms }) => after(ms.acknowledged) },
]

function after(ms: number | null): string {
  return ms === null ? '–' : duration(ms)
}
