// What the chart shows, as a table: one row for each moment, newest first.
import { useMemo } from 'react'
import { plotOf, type PlotSeries } from '../../charts/chart-data.ts'
import { moment, number } from '../../ui/format.ts'
import { VirtualTable, type GridColumn } from '../../ui/virtual-table.tsx'

interface Row {
  ts: number
  cells: (string | undefined)[]
}

export function ChartTable({ series }: { series: readonly PlotSeries[] }) {
  const rows = useMemo(() => rowsOf(series), [series])
  const columns: GridColumn<Row>[] = [
    { id: 'ts', title: 'Time', width: 'minmax(210px, 1fr)', cell: ({ ts }) => <code>{moment(ts)}</code> },
    ...series.map(({ key }, index) => ({
      id: `key ${key}`,
      title: <code>{key}</code>,
      width: 'minmax(140px, 1fr)',
      isNumber: true,
      cell: ({ cells }: Row) => <code>{cells[index] ?? ''}</code>,
    })),
  ]
  return (
    <VirtualTable
      label="Readings"
      columns={columns}
      count={rows.length}
      rowAt={(index) => rows[index]}
      keyOf={({ ts }) => String(ts)}
      rowHeight={32}
      height="420px"
    />
  )
}

function rowsOf(series: readonly PlotSeries[]): Row[] {
  const { ts, columns } = plotOf(series)
  const rows: Row[] = []
  for (let row = ts.length - 1; row >= 0; row--) {
    const cells = series.map(({ min }, index) => {
      const value = columns[index * 3]?.[row]
      if (typeof value !== 'number') return undefined
      const [low, high] = [columns[index * 3 + 1]?.[row], columns[index * 3 + 2]?.[row]]
      return min === undefined
        ? number(value)
        : `${number(value)}  (${number(low ?? NaN)} … ${number(high ?? NaN)})`
    })
    if (cells.some((cell) => cell !== undefined)) rows.push({ ts: ts[row] ?? 0, cells })
  }
  return rows
}
