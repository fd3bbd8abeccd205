// What a row tells about a device besides its name: the newest values, the shape of one of them, and whether it is
// silent for longer than it usually is. Asked for when the row has stood still in sight, and kept up by the stream.
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { call, type AnswerOf } from '../../data/client.ts'
import { useLive, useStreamOpened, type ReadingsEvent } from '../../data/live.ts'
import { listOf } from '../../data/name-list.ts'

const settleMs = 150
const settleLiveMs = 600
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

export function useGlance(device: string, isPaused: boolean): Glance | undefined {
  const isSettled = useSettled(settleMs)
  const isLive = useSettled(settleLiveMs)
  const [fresh, setFresh] = useState<ReadonlyMap<string, { ts: number; values: unknown[] }>>(new Map())
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
  // Once: what came between the question and the stream.
  const isCaughtUp = useRef(false)
  useStreamOpened(() => {
    if (!isLive || isCaughtUp.current) return
    isCaughtUp.current = true
    void stored.refetch()
  })
  return stored.data && withFresh(stored.data, fresh)
}

function withSeries(
  before: ReadonlyMap<string, { ts: number; values: unknown[] }>,
  own: ReadingsEvent['series'],
): Map<string, { ts: number; values: unknown[] }> {
  const after = new Map(before)
  for (const { key, ts, value } of own) {
    const known = after.get(key)
    const values = [...(known?.values ?? []), ...value].slice(-shapeMax)
    after.set(key, { ts: ts.at(-1) ?? 0, values })
  }
  return after
}

function withFresh(glance: Glance, fresh: ReadonlyMap<string, { values: unknown[] }>): Glance {
  if (fresh.size === 0) return glance
  const values = new Map(glance.values)
  for (const [key, { values: came }] of fresh) {
    if (values.has(key) || values.size < valuesMax) values.set(key, came.at(-1))
  }
  const key = glance.shape?.key ?? ''
  const more = (fresh.get(key)?.values ?? []).filter((value) => typeof value === 'number')
  const shape = glance.shape && { key, values: [...glance.shape.values, ...more].slice(-shapeMax) }
  return { ...glance, values: [...values], shape }
}

async function fetchGlance(device: string, signal: AbortSignal): Promise<Glance> {
  const latest: AnswerOf<'latest'> = await call('latest', { params: { device }, signal })
  const values = Object.entries(latest)
    .slice(0, valuesMax)
    .map(([key, { value }]): [string, unknown] => [key, value])
  const [key] = Object.entries(latest).find(([, { value }]) => typeof value === 'number') ?? []
  const asked = key ?? Object.keys(latest)[0]
  if (asked === undefined) return { values, shape: undefined, usualMs: undefined }
  const query = { keys: listOf([asked]), limit: shapeMax, order: 'desc' as const }
  const { series } = await call('series', { params: { device }, query, signal })
  const column = series[asked] ?? { ts: [], value: [] }
  const numbers = column.value.filter((value) => typeof value === 'number').toReversed()
  return {
    values,
    shape: key === undefined ? undefined : { key, values: numbers },
    usualMs: usualOf(column.ts),
  }
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
