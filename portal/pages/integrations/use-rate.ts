// How fast a counter grows, from two readings of it.
import { useEffect, useState } from 'react'

interface Reading {
  count: number
  at: number
}

/** Per second; undefined until it has been read twice. @param at when it was read, milliseconds. */
export function useRate(count: number | undefined, at: number): number | undefined {
  const [readings, setReadings] = useState<{ before: Reading | undefined; last: Reading | undefined }>({ before: undefined, last: undefined })
  useEffect(() => {
    if (count === undefined || at === 0) return
    setReadings(({ last }) => (last?.at === at ? { before: undefined, last } : { before: last, last: { count, at } }))
  }, [count, at])
  const { before, last } = readings
  if (before === undefined || last === undefined || last.at <= before.at) return undefined
  return Math.max(0, ((last.count - before.count) * 1000) / (last.at - before.at))
}
