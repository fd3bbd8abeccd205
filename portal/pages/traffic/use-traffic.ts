// Messages as they come in, newest first: what was there already, then what the event stream tells, up to a limit.
// While it is held, the rows stand still, and what comes is counted.
import { useMemo, useRef, useState } from 'react'
import type { AnswerOf } from '../../data/client.ts'
import { useLive, useStreamOpened } from '../../data/live.ts'
import { askAgain, useOperation } from '../../data/queries.ts'
import type { Filter } from '../../data/stream.ts'

export type Message = AnswerOf<'traces'>['items'][number]

/** Rows that the page keeps. */
const rowsMax = 2_000
/** Events that the share of shown messages is worked out from. */
const eventsMax = 20

interface Shares {
  shown: number
  skipped: number
}

export interface Traffic {
  rows: readonly Message[]
  /** Messages that wait because the rows are held. */
  waiting: number
  /** One in so many is shown; 1 for all. */
  oneIn: number
  isPending: boolean
  error: unknown
  retry: () => void
  /** Shows what waits, and holds from there. */
  release: () => void
}

/** @param filter the same for as long as the component is there.
 *  @param isHeld the rows stand still. @param isPaused nothing is asked for either. */
export function useTraffic(filter: Filter, isHeld: boolean, isPaused: boolean): Traffic {
  const [came, setCame] = useState<readonly Message[]>([])
  const [oneIn, setOneIn] = useState(1)
  /** The newest row when they were held. */
  const [mark, setMark] = useState<string>()
  const shares = useRef<Shares[]>([])
  const earlier = useOperation('traces', { query: { ...filter, limit: '200' } }, { staleTime: 0, gcTime: 0 })
  useStreamOpened(() => void askAgain(earlier))
  useLive(
    'traffic',
    (events) => {
      const told = events.flatMap(({ messages }) => messages).toReversed()
      for (const { messages, skipped } of events) shares.current.push({ shown: messages.length, skipped })
      shares.current = shares.current.slice(-eventsMax)
      setOneIn(oneInOf(shares.current))
      if (told.length > 0) setCame((before) => merged(told, before))
    },
    { filter, isPaused },
  )
  const items = earlier.data?.items
  const all = useMemo(() => merged(came, items ?? []), [came, items])
  if (isHeld && mark === undefined && all.length > 0) setMark(all[0].id)
  if (!isHeld && mark !== undefined) setMark(undefined)
  const waiting =
    mark === undefined
      ? 0
      : Math.max(
          0,
          all.findIndex(({ id }) => id === mark),
        )
  const rows = useMemo(() => all.slice(waiting), [all, waiting])
  return {
    rows,
    waiting,
    oneIn,
    isPending: earlier.isPending,
    error: earlier.error,
    retry: () => void earlier.refetch(),
    release: () => setMark(all[0]?.id),
  }
}

/** Newest first, each once. What was asked for and what was told may overlap in time. */
function merged(newer: readonly Message[], older: readonly Message[]): readonly Message[] {
  const known = new Set(newer.map(({ id }) => id))
  const all = [...newer, ...older.filter(({ id }) => !known.has(id))]
  const isSorted = all.every((message, i) => i === 0 || message.at <= all[i - 1].at)
  return (isSorted ? all : all.toSorted((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))).slice(0, rowsMax)
}

function oneInOf(shares: readonly Shares[]): number {
  const shown = shares.reduce((sum, each) => sum + each.shown, 0)
  const skipped = shares.reduce((sum, each) => sum + each.skipped, 0)
  return shown === 0 ? 1 : Math.max(1, Math.round((shown + skipped) / shown))
}
