// How uPlot is told to draw: axes in words that people use, lines with a dash for each series, a band from the least
// to the greatest value, hatched gaps, marks for late and repeated readings.
import type uPlot from 'uplot'
import type { Gap } from './chart-data.ts'
import { dashes, type Colours } from './colours.ts'
import type { Range } from './range.ts'

export interface Mark {
  kind: 'late' | 'duplicate'
  ts: number
}

/** What is drawn besides the lines; may change without the chart being made anew. */
export interface Extras {
  gaps: readonly Gap[]
  marks: readonly Mark[]
}

export interface ChartEvents {
  onZoom: (range: Range) => void
  onBack: () => void
  /** Row of the data under the pointer; undefined when it is elsewhere. */
  onPoint: (row: number | undefined) => void
}

interface Wanted {
  colours: Colours
  /** Of each series, its place among all: colour and dash. */
  places: readonly number[]
  hasBand: boolean
  width: number
  height: number
  /** Charts with the same name move their cross-hairs together. */
  syncKey: string
  extras: () => Extras
  events: () => ChartEvents
}

const day = 86_400_000
const fontSize = '11px'
const axisFont = `${fontSize} "Geist Mono Variable", ui-monospace, monospace`
const zoomPixelsMin = 4

const time = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-GB', { hour12: false, ...options })
const asDay = time({ day: 'numeric', month: 'short' })
const asMonth = time({ month: 'short', year: 'numeric' })
const asMinute = time({ hour: '2-digit', minute: '2-digit' })
const asSecond = time({ hour: '2-digit', minute: '2-digit', second: '2-digit' })
const asMilli = time({ minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 })

/** Labels of the axis of time for marks that stand `step` apart. */
export function timeLabels(splits: readonly number[], step: number): string[] {
  const format =
    step >= 28 * day
      ? asMonth
      : step >= day
        ? asDay
        : step >= 60_000
          ? asMinute
          : step >= 1_000
            ? asSecond
            : asMilli
  return splits.map((at) => {
    const isMidnight = format === asMinute && asMinute.format(at) === '00:00'
    return isMidnight ? asDay.format(at) : format.format(at)
  })
}

export function optionsOf(wanted: Wanted): uPlot.Options {
  const { colours, places, hasBand, width, height, syncKey, extras, events } = wanted
  const axis = { stroke: colours.of('--text-soft'), font: axisFont, size: 68 }
  const grid = { stroke: colours.of('--line'), width: 1 }
  return {
    width,
    height,
    ms: 1,
    legend: { show: false },
    padding: [12, 12, 0, 0],
    scales: { x: { time: true }, y: { range: (_, low, high) => room(low, high) } },
    axes: [
      {
        ...axis,
        size: 32,
        grid,
        ticks: grid,
        values: (_, splits, __, ___, step) => timeLabels(splits, step),
      },
      { ...axis, grid, ticks: grid },
    ],
    cursor: {
      sync: { key: syncKey },
      drag: { x: true, y: false, setScale: false, dist: zoomPixelsMin },
      points: { size: 7 },
      bind: {
        dblclick: () => () => {
          events().onBack()
          return null
        },
        mousedown: (chart, _, handler) => (event) => {
          if (event.shiftKey) pan(chart, event, events().onZoom)
          else handler(event)
          return null
        },
      },
    },
    series: [
      {},
      ...places.flatMap((place) =>
        linesOf(colours.series(place), dashes[place % dashes.length] ?? [], hasBand),
      ),
    ],
    bands: hasBand ? places.map((_, index) => bandOf(index, colours.series(places[index]))) : [],
    hooks: {
      setSelect: [(chart) => zoom(chart, events().onZoom)],
      setCursor: [(chart) => events().onPoint(chart.cursor.idx ?? undefined)],
      drawClear: [(chart) => drawGaps(chart, extras().gaps, colours)],
      draw: [(chart) => drawMarks(chart, extras().marks, colours)],
    },
  }
}

/** Value, min and max of one series; the last two are there for the band alone. */
function linesOf(stroke: string, dash: number[], hasBand: boolean): uPlot.Series[] {
  const edge: uPlot.Series = { show: hasBand, stroke: 'transparent', width: 0, points: { show: false } }
  return [{ stroke, width: 1.5, dash, points: { size: 4, stroke, fill: stroke } }, edge, edge]
}

function bandOf(index: number, colour: string): uPlot.Band {
  const first = 1 + index * 3
  return { series: [first + 2, first + 1], fill: `color-mix(in oklch, ${colour} 22%, transparent)` }
}

/** A little air above and below; around a line that is flat, too. */
function room(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1]
  const air = high === low ? Math.max(1, Math.abs(high) * 0.05) : (high - low) * 0.08
  return [low - air, high + air]
}

function zoom(chart: uPlot, onZoom: ChartEvents['onZoom']): void {
  const { left, width } = chart.select
  if (width < zoomPixelsMin) return
  const range = { from: chart.posToVal(left, 'x'), to: chart.posToVal(left + width, 'x') }
  chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  onZoom(range)
}

/** Shift and drag: the time under the pointer stays under it. */
function pan(chart: uPlot, start: MouseEvent, onZoom: ChartEvents['onZoom']): void {
  const { min = 0, max = 0 } = chart.scales['x'] ?? {}
  const perPixel = ((max ?? 0) - (min ?? 0)) / chart.over.clientWidth
  chart.root.parentElement?.classList.add('is-panning')
  let by = 0
  const move = (event: MouseEvent) => {
    by = (start.clientX - event.clientX) * perPixel
    chart.setScale('x', { min: (min ?? 0) + by, max: (max ?? 0) + by })
  }
  const end = () => {
    removeEventListener('mousemove', move)
    removeEventListener('mouseup', end)
    chart.root.parentElement?.classList.remove('is-panning')
    if (by !== 0) onZoom({ from: (min ?? 0) + by, to: (max ?? 0) + by })
  }
  addEventListener('mousemove', move)
  addEventListener('mouseup', end)
}

function drawGaps({ ctx, bbox, valToPos }: uPlot, gaps: readonly Gap[], colours: Colours): void {
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  ctx.fillStyle = colours.of('--sunken')
  ctx.strokeStyle = colours.of('--line')
  for (const { from, to } of gaps) {
    const left = valToPos(from, 'x', true)
    const width = valToPos(to, 'x', true) - left
    ctx.fillRect(left, bbox.top, width, bbox.height)
    ctx.strokeRect(left, bbox.top - 1, width, bbox.height + 2)
  }
  ctx.restore()
}

/** Late readings as triangles, repeated ones as squares, along the foot of the chart. */
function drawMarks({ ctx, bbox, valToPos }: uPlot, marks: readonly Mark[], colours: Colours): void {
  const size = 4 * devicePixelRatio
  ctx.save()
  for (const { kind, ts } of marks) {
    const x = valToPos(ts, 'x', true)
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    const y = bbox.top + bbox.height - size - (kind === 'late' ? 0 : size * 2.5)
    ctx.fillStyle = colours.of(kind === 'late' ? '--violet' : '--blue')
    ctx.beginPath()
    if (kind === 'late') {
      ctx.moveTo(x, y - size)
      ctx.lineTo(x + size, y + size)
      ctx.lineTo(x - size, y + size)
    } else ctx.rect(x - size, y - size, size * 2, size * 2)
    ctx.fill()
  }
  ctx.restore()
}
