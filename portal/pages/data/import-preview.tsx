// The first rows of a file as they would be stored, or why not.
import { useQuery } from '@tanstack/react-query'
import { ErrorState } from '../../ui/error-state.tsx'
import { moment } from '../../ui/format.ts'
import { Skeleton } from '../../ui/skeleton.tsx'
import { State } from '../../ui/state.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { stringifyExact } from './exact-json.ts'
import { readFile, type Head } from './file-rows.ts'
import type { BadRow, Row } from './rows.ts'

const shownMax = 20

const columns: readonly Column<Row | BadRow>[] = [
  { id: 'line', title: 'Line', isNumber: true, cell: ({ line }) => line },
  {
    id: 'state',
    title: 'Result',
    cell: (row) => ('reason' in row ? <State of="error" /> : <State of="stored">Would be stored</State>),
  },
  {
    id: 'device',
    title: 'Device',
    cell: (row) => ('reason' in row ? '' : <code className="break">{row.device}</code>),
  },
  { id: 'ts', title: 'Time', cell: (row) => ('reason' in row ? '' : <code>{moment(row.ts)}</code>) },
  {
    id: 'values',
    title: 'Values',
    cell: (row) =>
      'reason' in row ? row.reason : <code className="break">{stringifyExact(row.values)}</code>,
  },
]

export function ImportPreview({ file, head }: { file: File; head: Head }) {
  const preview = useQuery({
    queryKey: ['preview', file.name, file.size, file.lastModified, head],
    queryFn: () => firstRows(file, head),
    staleTime: Infinity,
    gcTime: 0,
  })
  if (preview.error !== null) return <ErrorState error={preview.error} />
  if (preview.data === undefined) return <Skeleton label="The preview" />
  return (
    <section className="stack-s" aria-label="Preview">
      <h2>The first rows</h2>
      {preview.data.length === 0 ? (
        <p className="soft">The file has no rows after its heading.</p>
      ) : (
        <Table
          caption="The first rows"
          columns={columns}
          rows={preview.data}
          keyOf={({ line }) => String(line)}
        />
      )}
    </section>
  )
}

async function firstRows(file: File, head: Head): Promise<(Row | BadRow)[]> {
  const shown: (Row | BadRow)[] = []
  for await (const { rows } of readFile(file, head)) {
    shown.push(...rows.slice(0, shownMax - shown.length))
    if (shown.length >= shownMax) break
  }
  return shown
}
