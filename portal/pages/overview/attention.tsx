// What needs attention, each with a place where something can be done about it; and a word when nothing does.
import { useQueries } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { call } from '../../data/client.ts'
import { useOperation } from '../../data/queries.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { count } from '../../ui/format.ts'
import { State, type StateName } from '../../ui/state.tsx'

const refreshMs = 10_000
const rejectedLooked = 100

interface Item {
  id: string
  state: StateName
  word: string
  text: ReactNode
  href: string
  action: string
}

export function Attention() {
  const items = [...useBridges(), ...useRejected(), ...useTraffic()]
  return (
    <section className="stack" aria-labelledby="attention">
      <h2 id="attention">Needs attention</h2>
      {items.length === 0 ? (
        <EmptyState icon="check" title="Nothing needs attention">
          Messages are stored, answered and read as they should be.
        </EmptyState>
      ) : (
        <ul className="attention">
          {items.map(({ id, state, word, text, href, action }) => (
            <li key={id} className="attention-item">
              <State of={state}>{word}</State>
              <span>{text}</span>
              <Link href={href}>{action}</Link>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** Brokers that can't be reached, or grant less than was selected. */
function useBridges(): Item[] {
  const list = useOperation('listIntegrations', {})
  const bridges = (list.data?.items ?? []).filter(({ kind, enabled }) => kind === 'bridge' && enabled)
  const answers = useQueries({
    queries: bridges.map(({ id }) => ({
      queryKey: ['integrationHealth', id],
      queryFn: ({ signal }: { signal: AbortSignal }) => call('integrationHealth', { params: { id }, signal }),
      refetchInterval: refreshMs,
    })),
  })
  return bridges.flatMap(({ id, name }, at): Item[] => {
    const health = answers[at]?.data
    if (health === undefined) return []
    const href = `/integrations/${encodeURIComponent(id)}`
    if (health.state === 'refused' || health.state === 'waiting') {
      const text = `${name}: ${health.sentence}`
      return [{ id: `bridge ${id}`, state: 'error', word: 'No broker', text, href, action: 'Look at it' }]
    }
    const less = health.topics.find(
      ({ isRefused, granted, selected }) => isRefused || (granted ?? selected) < selected,
    )
    if (less === undefined) return []
    const text = `${name}: ${less.sentence}`
    return [
      { id: `bridge ${id}`, state: 'warning', word: 'Less than asked', text, href, action: 'Look at it' },
    ]
  })
}

function useRejected(): Item[] {
  const rejected = useOperation(
    'listRejected',
    { query: { limit: String(rejectedLooked) } },
    { refetchInterval: refreshMs },
  )
  const { items = [], nextCursor } = rejected.data ?? {}
  if (items.length === 0) return []
  const many = nextCursor === null ? count(items.length) : `more than ${count(items.length)}`
  const text = `${many} ${items.length === 1 ? 'message' : 'messages'} could not be read. The newest: ${items[0].reason}`
  return [
    {
      id: 'rejected',
      state: 'rejected',
      word: 'Rejected',
      text,
      href: '/rejected',
      action: 'Mend and retry',
    },
  ]
}

/** What the newest messages show: topics that nobody takes, and publishers that ask for less than the integration. */
function useTraffic(): Item[] {
  const unwanted = useOperation(
    'traces',
    { query: { outcome: 'notWanted', limit: '50' } },
    { refetchInterval: refreshMs },
  )
  const shed = useOperation(
    'traces',
    { query: { outcome: 'shed', limit: '1' } },
    { refetchInterval: refreshMs },
  )
  const items: Item[] = []
  const topics = new Set((unwanted.data?.items ?? []).map(({ topic }) => topic))
  if (topics.size > 0) {
    const [first] = topics
    const more =
      topics.size === 1 ? '' : ` and ${topics.size - 1} other ${topics.size === 2 ? 'topic' : 'topics'}`
    items.push({
      id: 'unwanted',
      state: 'notWanted',
      word: 'Not wanted',
      text: `Devices publish to ${first}${more}, and no integration takes it.`,
      href: '/traffic?outcome=notWanted',
      action: 'Look at them',
    })
  }
  if ((shed.data?.items ?? []).length > 0) {
    items.push({
      id: 'shed',
      state: 'shed',
      word: 'Shed',
      text: 'Messages at QoS 0 were dropped because the store could not keep up.',
      href: '/traffic?outcome=shed',
      action: 'Look at them',
    })
  }
  return items
}
