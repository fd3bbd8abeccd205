// How fast a counter grows, from two readings of it.
import { useState } from 'react'

interface Reading {
  count: number
  at: number
}

interface Pair {
  before: Reading | undefined
  last: Reading | undefined
}

/** Per second; undefined until it has been read twice. @param at when it was read, milliseconds. */
export function useRate(count: number | undefined, at: number): number | undefined {
  const [{ before, last }, setPair] = useState<Pair>({ before: undefined, last: undefined })
  if (count !== undefined && last?.at !== at) setPair({ before: last, last: { count, at } })
  if (before === undefined || last === undefined || last.at <= before.at) return undefined
  return Math.max(0, ((last.count - before.count) * 1000) / (last.at - before.at))
}
