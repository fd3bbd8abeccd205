// What a row tells about a device besides its name: the newest values, the shape of one of them, and whether it is
// silent for longer than it usually is. Asked for when the row has stood still in sight, and kept up by the stream.
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { call, type AnswerOf } from '../../data/client.ts'
import { useLive, useStreamOpened, type ReadingsEvent } from '../../data/live.ts'
import { listOf } from '../../data/name-list.ts'

const settleMs = 150
const settleLiveMs = 600
/** Streams that follow each other sooner than this are caught up with together. */
const catchUpMs = 300
const shapeMax = 24
const valuesMax = 3
const freshMs = 30_000
/** A device is silent after three of its usual intervals, and not before this. */
const silentMsMin = 10_000

export interface Glance {
  values: [key: string, value: unknown][]
  shape: { key: string; values: number[] } | undefined
  /** Usual time between readings; undefined where there is nothing usual. */
  usualMs: number | undefined
}

/** True once the caller has been there for some time: rows that rush by ask nothing. */
function useSettled(ms: number): boolean {
  const [isSettled, setSettled] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(true), ms)
    return () => clearTimeout(timer)
  }, [ms])
  return isSettled
}

interface Reading {
  ts: number
  value: unknown
}

/** What the hub answered: the newest of each key, and the last ones of one of them, oldest first. */
interface Stored {
  latest: ReadonlyMap<string, Reading>
  key: string | undefined
  last: readonly Reading[]
  usualMs: number | undefined
}

type Fresh = ReadonlyMap<string, readonly Reading[]>

export function useGlance(device: string, isPaused: boolean): Glance | undefined {
  const isSettled = useSettled(settleMs)
  const isLive = useSettled(settleLiveMs)
  const [fresh, setFresh] = useState<Fresh>(new Map())
  const stored = useQuery({
    queryKey: ['glance', device],
    queryFn: ({ signal }) => fetchGlance(device, signal),
    enabled: isSettled,
    staleTime: freshMs,
    gcTime: freshMs,
    refetchOnWindowFocus: false,
  })
  const take = (events: ReadingsEvent[]) => {
    const own = events.flatMap(({ series }) => series).filter((each) => each.device === device)
    if (own.length > 0) setFresh((before) => withSeries(before, own))
  }
  useLive('readings', take, { device, isPaused: isPaused || !isLive })
  // What came between the question and the stream, or while other rows had it opened anew. Rows move in groups, so it
  // is asked for when all have settled, and once for the cells of a row.
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useStreamOpened(() => {
    clearTimeout(timer.current)
    if (!isLive || isPaused) return
    timer.current = setTimeout(() => void stored.refetch({ cancelRefetch: false }), catchUpMs)
  })
  useEffect(() => () => clearTimeout(timer.current), [])
  return stored.data && glanceOf(stored.data, fresh)
}

function withSeries(before: Fresh, own: ReadingsEvent['series']): Fresh {
  const after = new Map(before)
  for (const { key, ts, value } of own) {
    const came = ts.map((at, index) => ({ ts: at, value: value[index] }))
    after.set(key, merged(before.get(key) ?? [], came))
  }
  return after
}

/** In the order of their own time, each moment once: what came later stands. */
function merged(before: readonly Reading[], after: readonly Reading[]): Reading[] {
  const byTs = new Map([...before, ...after].map((reading) => [reading.ts, reading]))
  return [...byTs.values()].toSorted((a, b) => a.ts - b.ts).slice(-shapeMax)
}

function glanceOf({ latest, key, last, usualMs }: Stored, fresh: Fresh): Glance {
  const newest = new Map(latest)
  for (const [name, came] of fresh) {
    const reading = came.at(-1)
    const known = newest.get(name)
    const isNews =
      known === undefined ? newest.size < valuesMax : reading !== undefined && reading.ts >= known.ts
    if (isNews && reading !== undefined) newest.set(name, reading)
  }
  const values = Array.from(newest, ([name, { value }]): [string, unknown] => [name, value])
  if (key === undefined) return { values, shape: undefined, usualMs }
  const numbers = merged(last, fresh.get(key) ?? []).map(({ value }) => value)
  return { values, shape: { key, values: numbers.filter((value) => typeof value === 'number') }, usualMs }
}

async function fetchGlance(device: string, signal: AbortSignal): Promise<Stored> {
  const answer: AnswerOf<'latest'> = await call('latest', { params: { device }, signal })
  const latest = new Map(Object.entries(answer).slice(0, valuesMax))
  const [key] = Object.entries(answer).find(([, { value }]) => typeof value === 'number') ?? []
  const asked = key ?? Object.keys(answer)[0]
  if (asked === undefined) return { latest, key, last: [], usualMs: undefined }
  const query = { keys: listOf([asked]), limit: shapeMax, order: 'desc' as const }
  const { series } = await call('series', { params: { device }, query, signal })
  const { ts, value } = series[asked] ?? { ts: [], value: [] }
  const last = ts.map((at, index) => ({ ts: at, value: value[index] })).toReversed()
  return { latest, key, last, usualMs: usualOf(ts) }
}

const distancesMin = 5

/** The distance that nine of ten readings keep; newest first. */
export function usualOf(ts: readonly number[]): number | undefined {
  const distances = ts.slice(1).map((at, index) => (ts[index] ?? at) - at)
  if (distances.length < distancesMin) return undefined
  return distances.toSorted((a, b) => a - b)[Math.floor((distances.length - 1) * 0.9)]
}

/** How long a device may be quiet. */
export function silentAfterMs(usualMs: number): number {
  return Math.max(silentMsMin, 3 * usualMs)
}
