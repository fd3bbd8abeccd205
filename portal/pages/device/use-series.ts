// The readings of a chart: as they are while there are few, else reduced to intervals with average, least and
// greatest value. Whatever a device has stored, what comes over the network fits the screen.
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { numeric, type PlotSeries } from '../../charts/chart-data.ts'
import { aligned, intervalFor, type Range } from '../../charts/range.ts'
import { call } from '../../data/client.ts'
import { listOf } from '../../data/name-list.ts'

/** Readings of each key up to which they are drawn one by one, and points of each key otherwise. */
const rawMax = 2_000
const pointsMax = 1_000

export const aggregations = ['auto', 'avg', 'min', 'max', 'sum', 'count', 'first', 'last'] as const
export type Shown = (typeof aggregations)[number]

export interface ChartSeries {
  series: PlotSeries[]
  /** Length of the intervals, milliseconds; undefined where the points are readings. */
  intervalMs: number | undefined
  /** When the hub was asked: what came over the event stream since then is not in it. */
  askedAt: number
  range: Range
}

interface Asked {
  device: string
  keys: readonly string[]
  range: Range
  shown: Shown
}

export function useSeries(asked: Asked, isEnabled: boolean) {
  return useQuery({
    queryKey: ['series', asked.device, asked.keys, asked.range, asked.shown],
    queryFn: ({ signal }) => fetchSeries(asked, signal),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 60_000,
    enabled: isEnabled && asked.keys.length > 0,
  })
}

async function fetchSeries(asked: Asked, signal: AbortSignal): Promise<ChartSeries> {
  const askedAt = Date.now()
  const { device, keys, range, shown } = asked
  const names = listOf(keys)
  const moments = { startTs: range.from.toFixed(3), endTs: range.to.toFixed(3) }
  if (shown === 'auto') {
    const query = { keys: names, ...moments, limit: rawMax + 1 }
    const { series } = await call('series', { params: { device }, query, signal })
    if (Object.values(series).every(({ ts }) => ts.length <= rawMax)) {
      const readings = keys.map((key) => numeric(key, series[key]?.ts ?? [], series[key]?.value ?? []))
      return { series: readings, intervalMs: undefined, askedAt, range }
    }
  }
  const intervalMs = intervalFor(range, pointsMax)
  const cut = aligned(range, intervalMs)
  const reduced = async (agg: Exclude<Shown, 'auto'>) => {
    const query = { keys: names, startTs: cut.from, endTs: cut.to, agg, interval: intervalMs }
    return (await call('series', { params: { device }, query, signal })).series
  }
  const wanted = shown === 'auto' ? 'avg' : shown
  const [value, min, max] = await Promise.all(
    shown === 'auto' || shown === 'avg'
      ? [reduced(wanted), reduced('min'), reduced('max')]
      : [reduced(wanted)],
  )
  const points = keys.map((key) => {
    const line = numeric(key, value?.[key]?.ts ?? [], value?.[key]?.value ?? [])
    const low = numeric(key, min?.[key]?.ts ?? [], min?.[key]?.value ?? [])
    const high = numeric(key, max?.[key]?.ts ?? [], max?.[key]?.value ?? [])
    const hasBand = low.value.length === line.value.length && high.value.length === line.value.length
    return hasBand ? { ...line, min: low.value, max: high.value } : line
  })
  return { series: points, intervalMs, askedAt, range }
}

/** When the first reading of all was, in milliseconds; undefined for a device without any. */
export function useFirstTs(device: string, keys: readonly string[], isEnabled: boolean) {
  return useQuery({
    queryKey: ['series', device, 'first', keys],
    queryFn: async ({ signal }) => {
      const query = { keys: listOf(keys), limit: 1 }
      const { series } = await call('series', { params: { device }, query, signal })
      const firsts = Object.values(series).flatMap(({ ts }) => ts.slice(0, 1))
      return firsts.length === 0 ? null : Math.min(...firsts)
    },
    enabled: isEnabled && keys.length > 0,
  })
}
