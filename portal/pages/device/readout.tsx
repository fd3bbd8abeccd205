// The values under the cross-hair, or the newest ones while the pointer is elsewhere.
import type { Plot, PlotSeries } from '../../charts/chart-data.ts'
import { Swatch } from '../../charts/swatch.tsx'
import { moment, number } from '../../ui/format.ts'
import './device.css'

interface ReadoutProps {
  plot: Plot
  series: readonly PlotSeries[]
  places: readonly number[]
  row: number | undefined
}

export function Readout({ plot, series, places, row }: ReadoutProps) {
  const at = row ?? plot.ts.length - 1
  return (
    <div className="readout">
      <span className="soft">{plot.ts[at] === undefined ? '' : moment(plot.ts[at])}</span>
      {series.map(({ key, min }, index) => {
        const values = plot.columns.slice(index * 3, index * 3 + 3)
        const found = nearest(values[0] ?? [], at)
        const cell = (column: number) => number(values[column]?.[found ?? -1] ?? NaN)
        return (
          <span key={key} className="readout-item">
            <Swatch index={places[index] ?? 0} />
            <code>{key}</code>
            <strong>{found === undefined ? '–' : cell(0)}</strong>
            {found !== undefined && min !== undefined && (
              <span className="soft">
                {cell(1)} … {cell(2)}
              </span>
            )}
          </span>
        )
      })}
    </div>
  )
}

/** The row at or before one that has a value of this series. */
function nearest(column: Plot['columns'][number], from: number): number | undefined {
  for (let row = from; row >= 0; row--) if (typeof column[row] === 'number') return row
  return undefined
}
