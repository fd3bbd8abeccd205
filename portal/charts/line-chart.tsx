// Lines over time, drawn by uPlot on a canvas. Drag zooms, Shift and drag moves, a double click goes back. What it
// shows is said in its label; the page has the same as a table.
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { useShownTheme } from '../data/theme.ts'
import type { Plot } from './chart-data.ts'
import { coloursAt } from './colours.ts'
import './line-chart.css'
import { optionsOf, type ChartEvents, type Extras } from './options.ts'
import type { Range } from './range.ts'

interface LineChartProps extends ChartEvents, Extras {
  /** What is shown, in a sentence. */
  label: string
  plot: Plot
  places: readonly number[]
  hasBand: boolean
  range: Range
  height: number
  syncKey: string
}

export function LineChart(props: LineChartProps) {
  const { label, plot, places, hasBand, range, height, syncKey } = props
  const frame = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot>(null)
  const latest = useRef(props)
  const theme = useShownTheme()
  const shape = places.join()
  useEffect(() => {
    latest.current = props
  })
  useEffect(() => {
    const element = frame.current
    if (element === null) return undefined
    const made = new uPlot(
      optionsOf({
        colours: coloursAt(element),
        places: shape.split(',').map(Number),
        hasBand,
        width: element.clientWidth,
        height,
        syncKey,
        extras: () => latest.current,
        events: () => latest.current,
      }),
      dataOf(latest.current.plot),
      element,
    )
    chart.current = made
    showRange(made, latest.current.range)
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      chart.current = null
      made.destroy()
    }
  }, [shape, hasBand, height, syncKey, theme])
  useEffect(() => chart.current?.setData(dataOf(plot), false), [plot])
  useEffect(() => {
    if (chart.current !== null) showRange(chart.current, range)
  }, [range, plot, props.gaps, props.marks])
  return (
    <div ref={frame} className="line-chart" role="img" aria-label={label} style={{ minHeight: height }} />
  )
}

function dataOf({ ts, columns }: Plot): uPlot.AlignedData {
  return [ts, ...columns]
}

/** Sets the axis of time and draws everything anew. */
function showRange(chart: uPlot, { from, to }: Range): void {
  chart.setScale('x', { min: from, max: to })
}
