// Which stretch of time the chart shows, kept in the address: a span that ends now, all there is, or two moments that
// somebody has zoomed to. Zooming is a step in the history, so going back is the browser's own.
import { useCallback, useMemo, useRef } from 'react'
import { useSearchParams } from 'wouter'
import { isSpan, spans, type Range, type Span } from '../../charts/range.ts'

export type Choice = Span | 'all' | 'zoom'

export interface RangeState {
  choice: Choice
  /** The two moments of `zoom`; undefined else. */
  fixed: Range | undefined
  choose: (choice: Span | 'all') => void
  zoom: (range: Range) => void
  /** To what was shown before the last zoom. */
  back: () => void
}

export const spanDefault: Span = '24h'

export function useRange(initial: Span | 'all'): RangeState {
  const [search, setSearch] = useSearchParams()
  const zooms = useRef(0)
  const from = Number(search.get('from') ?? NaN)
  const to = Number(search.get('to') ?? NaN)
  const named = search.get('range') ?? initial
  const isFixed = Number.isFinite(from) && Number.isFinite(to) && to > from
  const fixed = useMemo(() => (isFixed ? { from, to } : undefined), [isFixed, from, to])
  const choose = useCallback(
    (choice: Span | 'all') => {
      zooms.current = 0
      setSearch((before) => {
        const after = without(before)
        after.set('range', choice)
        return after
      })
    },
    [setSearch],
  )
  const zoom = useCallback(
    (range: Range) => {
      zooms.current += 1
      setSearch((before) => {
        const after = new URLSearchParams(before)
        after.set('from', range.from.toFixed(3))
        after.set('to', range.to.toFixed(3))
        return after
      })
    },
    [setSearch],
  )
  const back = useCallback(() => {
    if (zooms.current > 0) {
      zooms.current -= 1
      history.back()
    } else setSearch(without)
  }, [setSearch])
  const span = isSpan(named) || named === 'all' ? named : spanDefault
  return { choice: fixed === undefined ? span : 'zoom', fixed, choose, zoom, back }
}

function without(before: URLSearchParams): URLSearchParams {
  const after = new URLSearchParams(before)
  after.delete('from')
  after.delete('to')
  return after
}

/** The range of a choice; `first` and `last` are the moments between which all readings lie. */
export function rangeOf(
  state: Pick<RangeState, 'choice' | 'fixed'>,
  now: number,
  first: number,
  last: number,
): Range {
  if (state.fixed !== undefined) return state.fixed
  if (state.choice === 'all' || state.choice === 'zoom') {
    const air = Math.max(1, (last - first) * 0.01)
    return { from: first - air, to: last + air }
  }
  return { from: now - spans[state.choice].ms, to: now }
}
