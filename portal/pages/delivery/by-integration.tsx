// What came through each integration since the first start, with its rate at this moment.
import { useState } from 'react'
import { Link } from 'wouter'
import { useLive } from '../../data/live.ts'
import { useOperation } from '../../data/queries.ts'
import { ErrorState } from '../../ui/error-state.tsx'
import { count } from '../../ui/format.ts'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Table } from '../../ui/table.tsx'

interface Figures {
  messages: number
  readings: number
  rejected: number
  messagesPerSecond: number
}

const none: Figures = { messages: 0, readings: 0, rejected: 0, messagesPerSecond: 0 }

export function ByIntegration() {
  const list = useOperation('listIntegrations', {})
  const [figures, setFigures] = useState<ReadonlyMap<string, Figures>>()
  useLive('integrations', (events) => {
    const newest = events.at(-1)
    if (newest !== undefined) setFigures(new Map(newest.integrations.map((each) => [each.id, each])))
  })
  if (list.error !== null) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />
  if (list.data === undefined || figures === undefined) return <Skeleton label="The integrations" />
  const rows = list.data.items.map(({ id, name }) => ({ id, name, ...(figures.get(id) ?? none) }))
  return (
    <section className="stack" aria-labelledby="integrations">
      <h2 id="integrations">By integration, through this hub</h2>
      <Table
        caption="Figures of each integration"
        rows={rows}
        keyOf={({ id }) => id}
        columns={[
          {
            id: 'name',
            title: 'Integration',
            cell: ({ id, name }) => <Link href={`/integrations/${encodeURIComponent(id)}`}>{name}</Link>,
          },
          {
            id: 'rate',
            title: 'Messages a second',
            isNumber: true,
            cell: (row) => count(row.messagesPerSecond),
          },
          { id: 'messages', title: 'Messages', isNumber: true, cell: ({ messages }) => count(messages) },
          {
            id: 'readings',
            title: 'Readings stored',
            isNumber: true,
            cell: ({ readings }) => count(readings),
          },
          {
            id: 'rejected',
            title: 'Rejected',
            isNumber: true,
            cell: ({ id, rejected }) =>
              rejected === 0 ? (
                '0'
              ) : (
                <Link href={`/rejected?integration=${encodeURIComponent(id)}`}>{count(rejected)}</Link>
              ),
          },
        ]}
      />
    </section>
  )
}
