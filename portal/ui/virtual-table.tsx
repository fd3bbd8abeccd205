// A table of any length: rows are made as they come into sight. The whole is one stop of the Tab key; arrow
// keys, Page Up and Down, Home and End move from row to row, Enter opens one.
import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { Icon } from './icon.tsx'
import './table.css'

export interface GridColumn<R> {
  id: string
  title: ReactNode
  /** A track of CSS grid: '120px', 'minmax(160px, 1fr)'. */
  width: string
  cell: (row: R) => ReactNode
  isNumber?: boolean
  isSortable?: boolean
}

export interface Sort {
  by: string
  order: 'asc' | 'desc'
}

interface VirtualTableProps<R> {
  /** What it lists. */
  label: string
  columns: readonly GridColumn<R>[]
  /** All rows there are, those not loaded yet included. */
  count: number
  /** undefined: not loaded yet. */
  rowAt: (index: number) => R | undefined
  keyOf: (row: R) => string
  /** Called with the range that is in sight, so that more can be loaded. */
  onRange?: (from: number, to: number) => void
  onOpen?: (row: R) => void
  sort?: Sort
  onSort?: (sort: Sort) => void
  rowHeight?: number
  /** Height of the whole at most, in CSS; the window's rest unless told. */
  height?: string
}

const rowHeightDefault = 44
const overscan = 12
const heightDefault = 'max(240px, 100dvh - 230px)'
/** With the borders, and room for a scroll bar below. */
const headHeight = 54

export function VirtualTable<R>(props: VirtualTableProps<R>) {
  const { label, columns, count, rowAt, keyOf, onRange, onOpen, rowHeight = rowHeightDefault } = props
  const frame = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState(0)
  const template = columns.map(({ width }) => width).join(' ')
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    overscan,
    scrollPaddingStart: rowHeight,
    onChange: ({ range }) => {
      if (range !== null) onRange?.(Math.max(0, range.startIndex - overscan), range.endIndex + overscan)
    },
  })
  const focusRow = (index: number) => {
    const next = Math.max(0, Math.min(count - 1, index))
    setActive(next)
    virtual.scrollToIndex(next)
    // The row is made with the next frame.
    requestAnimationFrame(() => rowElement(frame.current, next)?.focus())
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if ((event.target as HTMLElement).getAttribute('role') !== 'row') return
    const page = Math.max(1, Math.floor((frame.current?.clientHeight ?? 400) / rowHeight) - 1)
    const next = stepped(event.key, active, page, count)
    const row = rowAt(active)
    if (next !== undefined) focusRow(next)
    else if (event.key === 'Enter' && row !== undefined && onOpen !== undefined) onOpen(row)
    else return
    event.preventDefault()
  }
  return (
    <div
      ref={frame}
      className="grid-frame"
      role="grid"
      aria-label={label}
      aria-rowcount={count + 1}
      aria-colcount={columns.length}
      style={{ height: `min(${props.height ?? heightDefault}, ${headHeight + count * rowHeight}px)` }}
      onKeyDown={onKeyDown}
      tabIndex={-1}
    >
      <Head columns={columns} template={template} sort={props.sort} onSort={props.onSort} />
      <div className="grid-rows" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rowAt(index)
          return (
            <GridRow
              key={row === undefined ? `row ${index}` : keyOf(row)}
              {...{ index, row, columns, template, onOpen, setActive }}
              isActive={index === active}
              top={start}
              height={rowHeight}
            />
          )
        })}
      </div>
    </div>
  )
}

function rowElement(frame: HTMLElement | null, index: number): HTMLElement | null | undefined {
  return frame?.querySelector<HTMLElement>(`[aria-rowindex="${index + 2}"]`)
}

/** The row that a key leads to; undefined for a key that leads nowhere. */
function stepped(key: string, from: number, page: number, count: number): number | undefined {
  const steps: Record<string, number> = {
    ArrowDown: from + 1,
    ArrowUp: from - 1,
    PageDown: from + page,
    PageUp: from - page,
    Home: 0,
    End: count - 1,
  }
  return steps[key]
}

interface GridRowProps<R> {
  index: number
  row: R | undefined
  columns: readonly GridColumn<R>[]
  template: string
  onOpen: ((row: R) => void) | undefined
  setActive: (index: number) => void
  isActive: boolean
  top: number
  height: number
}

function GridRow<R>({
  index,
  row,
  columns,
  template,
  onOpen,
  setActive,
  isActive,
  top,
  height,
}: GridRowProps<R>) {
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={onOpen === undefined ? 'grid-row' : 'grid-row is-link'}
      tabIndex={isActive ? 0 : -1}
      style={{ gridTemplateColumns: template, height, transform: `translateY(${top}px)` }}
      onFocus={() => setActive(index)}
      onClick={(event) => {
        const isControl = (event.target as HTMLElement).closest('a, button, input') !== null
        if (row !== undefined && !isControl) onOpen?.(row)
      }}
    >
      {columns.map(({ id, cell, isNumber = false }) => (
        <div key={id} role="gridcell" className={isNumber ? 'grid-cell number' : 'grid-cell'}>
          {row === undefined ? <span className="skeleton-line" /> : cell(row)}
        </div>
      ))}
    </div>
  )
}

interface HeadProps<R> {
  columns: readonly GridColumn<R>[]
  template: string
  sort: Sort | undefined
  onSort: ((sort: Sort) => void) | undefined
}

function Head<R>({ columns, template, sort, onSort }: HeadProps<R>) {
  return (
    <div role="rowgroup" className="grid-head-group">
      <div className="grid-head" role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
        {columns.map(({ id, title, isNumber = false, isSortable = false }) => {
          const isBy = sort?.by === id
          const order = isBy ? (sort.order === 'asc' ? 'ascending' : 'descending') : undefined
          return (
            <div
              key={id}
              role="columnheader"
              className={isNumber ? 'grid-cell number' : 'grid-cell'}
              aria-sort={isSortable ? (order ?? 'none') : undefined}
            >
              {isSortable ? (
                <button
                  type="button"
                  className="sort"
                  onClick={() => onSort?.({ by: id, order: isBy && sort.order === 'asc' ? 'desc' : 'asc' })}
                >
                  {title}
                  <Icon name={isBy && sort.order === 'desc' ? 'down' : 'up'} size={12} />
                </button>
              ) : (
                title
              )}
            </div>
          )
        })}
      </div>
    </div>
  )
}
