// What happened in each minute, as a drawn line and as a table: small enough to stand beside others.
import { useId, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { number } from '../../ui/format.ts'
import { Table } from '../../ui/table.tsx'

interface HistoryChartProps {
  title: string
  /** What one value says, for the label: "messages a minute". */
  unit: string
  /** Oldest first; null where there was nothing to measure. */
  points: readonly { at: string; value: number | null }[]
  format?: (value: number) => string
}

const width = 480
const height = 96
/** While there are fewer minutes, the rest of the width is empty. */
const minutesMin = 30
/** Rows that the table shows: the newest. */
const rowsMax = 60
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hour12: false })

export function HistoryChart({ title, unit, points, format = number }: HistoryChartProps) {
  const [isTable, setTable] = useState(false)
  const id = useId()
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]))
  const most = Math.max(0, ...values)
  const last = values.at(-1)
  const label =
    last === undefined
      ? `${title}: nothing yet.`
      : `${title}, ${unit}: ${format(last)} in the last minute, ${format(most)} at most.`
  return (
    <section className="panel stack-s" aria-labelledby={id}>
      <div className="row-apart">
        <h3 id={id}>{title}</h3>
        <Button
          size="small"
          kind="quiet"
          icon={isTable ? 'chart' : 'table'}
          onClick={() => setTable(!isTable)}
        >
          {isTable ? 'As a chart' : 'As a table'}
        </Button>
      </div>
      {isTable ? (
        <div className="history-table">
          <Table
            caption={`${title}, the newest minutes`}
            rows={points.slice(-rowsMax).toReversed()}
            keyOf={({ at }) => at}
            columns={[
              { id: 'at', title: 'Minute from', cell: ({ at }) => clock.format(new Date(at)) },
              {
                id: 'value',
                title: unit,
                isNumber: true,
                cell: ({ value }) => (value === null ? '–' : format(value)),
              },
            ]}
          />
        </div>
      ) : (
        <figure className="history">
          <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
            <path className="history-area" d={areaOf(points, most)} />
            <path className="history-line" d={lineOf(points, most)} />
          </svg>
          <figcaption className="row-apart soft small">
            <span>{points.length === 0 ? '' : clock.format(new Date(points[0].at))}</span>
            <span>
              at most <span className="mono">{format(most)}</span> {unit}
            </span>
            <span>now</span>
          </figcaption>
        </figure>
      )}
    </section>
  )
}

/** The outline of each run of minutes that have a value, in steps; the newest minute stands at the right edge. */
function outlinesOf(points: HistoryChartProps['points'], most: number): string[] {
  const step = width / Math.max(minutesMin, points.length)
  const left = width - points.length * step
  const outlines: string[] = []
  let isOpen = false
  for (const [i, { value }] of points.entries()) {
    if (value === null) {
      isOpen = false
      continue
    }
    const y = (most === 0 ? height - 1 : height - 1 - (value / most) * (height - 6)).toFixed(1)
    const from = (left + i * step).toFixed(1)
    const to = (left + (i + 1) * step).toFixed(1)
    if (isOpen) outlines[outlines.length - 1] += `V${y}H${to}`
    else outlines.push(`M${from} ${y}H${to}`)
    isOpen = true
  }
  return outlines
}

function lineOf(points: HistoryChartProps['points'], most: number): string {
  return outlinesOf(points, most).join('')
}

function areaOf(points: HistoryChartProps['points'], most: number): string {
  return outlinesOf(points, most)
    .map((outline) => `${outline}V${height}H${outline.slice(1, outline.indexOf(' '))}Z`)
    .join('')
}
