// A table of a few hundred rows at most, in the browser's own elements. Longer ones are in virtual-table.tsx.
import type { ReactNode } from 'react'
import './table.css'

export interface Column<R> {
  id: string
  title: ReactNode
  cell: (row: R) => ReactNode
  isNumber?: boolean
}

interface TableProps<R> {
  /** Read before the table: what it lists. */
  caption: string
  columns: readonly Column<R>[]
  rows: readonly R[]
  keyOf: (row: R) => string
}

export function Table<R>({ caption, columns, rows, keyOf }: TableProps<R>) {
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label={caption}>
      <table className="table">
        <caption className="hidden-visually">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ id, title, isNumber = false }) => (
              <th key={id} scope="col" className={isNumber ? 'number' : undefined}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ id, cell, isNumber = false }) => (
                <td key={id} className={isNumber ? 'number' : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
