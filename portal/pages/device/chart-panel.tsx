// The chart of a device with everything around it: range, reduction, live, cross-hair values, and the same as a table.
import { useMemo, useState } from 'react'
import { gapsOf, plotOf, differInSize, type PlotSeries } from '../../charts/chart-data.ts'
import { LineChart } from '../../charts/line-chart.tsx'
import type { Mark } from '../../charts/options.ts'
import type { Range } from '../../charts/range.ts'
import { useAddressState } from '../../data/address.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { count, duration } from '../../ui/format.ts'
import { PauseButton } from '../../ui/pause-button.tsx'
import { Select } from '../../ui/select.tsx'
import { Definition } from '../../ui/tooltip.tsx'
import { ChartTable } from './chart-table.tsx'
import { RangeBar } from './range-bar.tsx'
import { Readout } from './readout.tsx'
import type { RangeState } from './use-range.ts'
import { aggregations, type ChartSeries, type Shown } from './use-series.ts'
import './device.css'

const heightTogether = 320
const heightApart = 170

const shownLabels: Record<Shown, string> = {
  auto: 'Readings, or average with least and greatest',
  avg: 'Average of each interval',
  min: 'Least of each interval',
  max: 'Greatest of each interval',
  sum: 'Sum of each interval',
  count: 'Readings in each interval',
  first: 'First of each interval',
  last: 'Last of each interval',
}
const reduced =
  'There are more readings than the chart has room for. Each point stands for an interval: the line is its average, ' +
  'the band reaches from the least to the greatest value. Zoom in to see readings.'
const shownOptions = aggregations.map((value) => ({ value, label: shownLabels[value] }))

export interface ChartPanelProps {
  device: string
  state: RangeState
  range: Range
  /** undefined while it is asked for the first time. */
  data: ChartSeries | undefined
  series: readonly PlotSeries[]
  marks: readonly (Mark & { key: string })[]
  error: Error | null
  onRetry: () => void
  isPaused: boolean
  onPause: (isPaused: boolean) => void
}

export function ChartPanel(props: ChartPanelProps) {
  const { device, state, range, data, series, marks, error, isPaused } = props
  const [shown, setShown] = useAddressState('show', 'auto')
  const [view, setView] = useAddressState('view', 'chart')
  const [layout, setLayout] = useAddressState('layout')
  const isApart = layout === 'apart' || (layout === '' && differInSize(series))
  const isLive = state.choice !== 'zoom'
  const points = series.reduce((sum, { ts }) => sum + ts.length, 0)
  return (
    <section className="panel stack" aria-label="Chart">
      <div className="row-apart">
        <RangeBar state={state} range={range} />
        <div className="row">
          {isLive && <PauseButton size="small" isPaused={isPaused} onChange={props.onPause} />}
          <Button
            size="small"
            icon={view === 'chart' ? 'table' : 'chart'}
            onClick={() => setView(view === 'chart' ? 'table' : 'chart')}
          >
            {view === 'chart' ? 'Show as table' : 'Show as chart'}
          </Button>
        </div>
      </div>
      {error !== null && <ErrorState error={error} onRetry={props.onRetry} />}
      {view === 'table' ? (
        <ChartTable series={series} />
      ) : (
        <Charts
          {...{ device, state, range, series, marks, isApart }}
          intervalMs={data?.intervalMs}
          isKnown={data !== undefined}
        />
      )}
      <div className="row-apart">
        <Legend intervalMs={data?.intervalMs} points={points} marks={marks} />
        <div className="chart-tools">
          {series.length > 1 && view === 'chart' && (
            <Button size="small" kind="quiet" onClick={() => setLayout(isApart ? 'together' : 'apart')}>
              {isApart ? 'One chart for all' : 'A chart for each'}
            </Button>
          )}
          <Select
            aria-label="What is shown"
            value={shown as Shown}
            options={shownOptions}
            onChange={setShown}
          />
        </div>
      </div>
    </section>
  )
}

interface ChartsProps {
  device: string
  state: RangeState
  range: Range
  series: readonly PlotSeries[]
  marks: readonly (Mark & { key: string })[]
  isApart: boolean
  intervalMs: number | undefined
  isKnown: boolean
}

function Charts({ device, state, range, series, marks, isApart, intervalMs, isKnown }: ChartsProps) {
  const groups = isApart ? series.map((each, place) => ({ of: [each], places: [place] })) : [together(series)]
  const isEmpty = series.every(({ ts }) => !ts.some((at) => at >= range.from && at < range.to))
  return (
    <div className="chart-frame">
      {groups.map((group) => (
        <OneChart
          key={group.places.join()}
          {...{ device, state, range, intervalMs }}
          series={group.of}
          places={group.places}
          marks={marks.filter(({ key }) => group.of.some((each) => each.key === key))}
          height={isApart ? heightApart : heightTogether}
        />
      ))}
      {isKnown && isEmpty && (
        <div className="chart-note">
          <p>{series.length === 0 ? 'No key with numbers is chosen.' : 'Nothing was stored in this time.'}</p>
          {series.length > 0 && state.choice !== 'all' && (
            <Button size="small" onClick={() => state.choose('all')}>
              Show all there is
            </Button>
          )}
        </div>
      )}
    </div>
  )
}

function together(series: readonly PlotSeries[]) {
  return { of: series, places: series.map((_, place) => place) }
}

interface OneChartProps {
  device: string
  state: RangeState
  range: Range
  series: readonly PlotSeries[]
  places: readonly number[]
  marks: readonly Mark[]
  intervalMs: number | undefined
  height: number
}

function OneChart({ device, state, range, series, places, marks, intervalMs, height }: OneChartProps) {
  const [row, setRow] = useState<number>()
  const plot = useMemo(() => plotOf(series, intervalMs), [series, intervalMs])
  // With several lines a gap is where its own line breaks; with one it is shaded too.
  const gaps = useMemo(
    () => (series.length === 1 ? gapsOf(series[0]?.ts ?? [], intervalMs) : []),
    [series, intervalMs],
  )
  const keys = series.map(({ key }) => key).join(', ')
  if (series.length === 0) return null
  return (
    <>
      <LineChart
        label={`${keys} of ${device}: ${count(plot.ts.length)} points. The table has the same.`}
        plot={plot}
        places={places}
        hasBand={series.some(({ min }) => min !== undefined)}
        range={range}
        height={height}
        syncKey={device}
        gaps={gaps}
        marks={marks}
        onZoom={state.zoom}
        onBack={state.back}
        onPoint={setRow}
      />
      <Readout plot={plot} series={series} places={places} row={row} />
    </>
  )
}

interface LegendProps {
  intervalMs: number | undefined
  points: number
  marks: readonly Mark[]
}

function Legend({ intervalMs, points, marks }: LegendProps) {
  const late = marks.filter(({ kind }) => kind === 'late').length
  const repeated = marks.length - late
  return (
    <div className="chart-legend">
      <span>
        {intervalMs === undefined ? (
          `${count(points)} readings`
        ) : (
          <Definition of={reduced}>
            {`${count(points)} points, one for each ${duration(intervalMs)}`}
          </Definition>
        )}
      </span>
      <Definition of="Where a line breaks, nothing was stored for much longer than usual for this series.">
        <span className="legend-gap" /> gap
      </Definition>
      {late > 0 && (
        <Definition of="Readings that arrived after newer ones; they are stored where they belong in time.">
          ▲ {count(late)} late
        </Definition>
      )}
      {repeated > 0 && (
        <Definition of="Messages that came again; they landed on the row they repeat.">
          ■ {count(repeated)} repeated
        </Definition>
      )}
      <span>Drag to zoom, Shift and drag to move, double-click to go back.</span>
    </div>
  )
}
