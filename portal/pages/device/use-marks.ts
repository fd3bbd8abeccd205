// Late and repeated readings within the range of a chart, as far as the hub remembers them.
import { useMemo } from 'react'
import type { Mark } from '../../charts/options.ts'
import type { Range } from '../../charts/range.ts'
import { listOf } from '../../data/name-list.ts'
import { useStreamOpened } from '../../data/live.ts'
import { askAgain, useOperation } from '../../data/queries.ts'

const refreshMs = 10_000

export type KeyMark = Mark & { key: string }

export function useMarks(
  device: string,
  keys: readonly string[],
  { from, to }: Range,
  isPaused: boolean,
): KeyMark[] {
  // Rounded, so that a range that moves along asks now and then only.
  const startTs = Math.floor(from / refreshMs) * refreshMs
  const endTs = Math.ceil(to / refreshMs) * refreshMs
  const query = { keys: listOf(keys), startTs, endTs }
  const options = { enabled: keys.length > 0 && !isPaused, staleTime: refreshMs, gcTime: refreshMs }
  const marks = useOperation(
    'deviceMarks',
    { params: { device }, query },
    { ...options, placeholderData: (old) => old },
  )
  useStreamOpened(() => {
    if (options.enabled) void askAgain(marks)
  })
  return useMemo(() => {
    const { late = [], duplicate = [] } = marks.data ?? {}
    return [
      ...late.map(({ key, ts }) => ({ kind: 'late' as const, key, ts })),
      ...duplicate.map(({ key, ts }) => ({ kind: 'duplicate' as const, key, ts })),
    ]
  }, [marks.data])
}
