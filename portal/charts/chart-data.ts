// Series as a chart wants them: numbers alone, gaps where nothing came for much longer than usual, several series
// over one axis of time.

/** One key: readings as they are, or one point for each interval with the least and the greatest value in it. */
export interface PlotSeries {
  key: string
  /** Milliseconds since the epoch, ascending. */
  ts: number[]
  value: number[]
  /** Same length as `value`, where the points stand for intervals. */
  min?: number[]
  max?: number[]
}

export interface Gap {
  from: number
  to: number
}

/** Fewer points say nothing about what is usual. */
const gapPointsMin = 5
const gapsMax = 500

/** Stretches in which a series that came regularly did not: longer than three usual distances, and than what nine of
 *  ten distances keep, half as much again. */
export function gapsOf(ts: readonly number[], intervalMs = 0): Gap[] {
  if (ts.length < gapPointsMin) return []
  const distances = ts.slice(1).map((at, index) => at - ts[index])
  const sorted = distances.toSorted((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)]
  const ninth = sorted[Math.floor((sorted.length - 1) * 0.9)]
  const least = Math.max(3 * median, 1.5 * ninth, 1.5 * intervalMs)
  const gaps: Gap[] = []
  for (const [index, distance] of distances.entries()) {
    if (distance > least) gaps.push({ from: ts[index], to: ts[index + 1] })
    if (gaps.length === gapsMax) break
  }
  return gaps
}

/** Numbers of a column; true and false count as 1 and 0, what is neither is left out. */
export function numeric(key: string, ts: readonly number[], values: readonly unknown[]): PlotSeries {
  const series: PlotSeries = { key, ts: [], value: [] }
  for (const [index, value] of values.entries()) {
    const number = typeof value === 'boolean' ? Number(value) : value
    if (typeof number !== 'number') continue
    series.ts.push(ts[index])
    series.value.push(number)
  }
  return series
}

/** A value is absent (null) in a gap; undefined where another series has a point and this one has none. */
export type Cells = (number | null | undefined)[]

/** What uPlot draws: times, then value, min and max of each series in turn. */
export interface Plot {
  ts: number[]
  columns: Cells[]
}

export function plotOf(series: readonly PlotSeries[], intervalMs = 0): Plot {
  const parts = series.map((each) => ({ each, breaks: gapsOf(each.ts, intervalMs).map(({ from }) => from) }))
  const all = new Set<number>()
  for (const { each, breaks } of parts) {
    for (const at of each.ts) all.add(at)
    for (const at of breaks) all.add(afterMoment(at))
  }
  const ts = [...all].toSorted((a, b) => a - b)
  const rowOf = new Map(ts.map((at, row) => [at, row]))
  const columns = parts.flatMap(({ each, breaks }) => {
    const rows = each.ts.map((at) => rowOf.get(at) ?? 0)
    const rowsOfBreaks = breaks.map((at) => rowOf.get(afterMoment(at)) ?? 0)
    return [each.value, each.min ?? each.value, each.max ?? each.value].map((values) => {
      const cells: Cells = Array.from({ length: ts.length })
      for (const row of rowsOfBreaks) cells[row] = null
      for (const [index, row] of rows.entries()) cells[row] = values[index]
      return cells
    })
  })
  return { ts, columns }
}

/** Half a microsecond later: no reading can stand there. */
function afterMoment(at: number): number {
  return at + 0.0005
}

/** Whether series have so different sizes that on one axis some would be flat lines. */
export function differInSize(series: readonly PlotSeries[]): boolean {
  const spans = series
    .filter(({ value }) => value.length > 0)
    .map(({ value, min = value, max = value }) => ({ low: least(min), high: greatest(max) }))
  const low = Math.min(...spans.map((span) => span.low))
  const high = Math.max(...spans.map((span) => span.high))
  return spans.some((span) => span.high - span.low < (high - low) / 5 && span.high !== span.low)
}

export function least(values: readonly number[]): number {
  return values.reduce((low, value) => (value < low ? value : low), Number.POSITIVE_INFINITY)
}

export function greatest(values: readonly number[]): number {
  return values.reduce((high, value) => (value > high ? value : high), Number.NEGATIVE_INFINITY)
}
