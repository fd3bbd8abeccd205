// How far an import is and what came of it; lines that could not be stored are told with their reasons.
import { save } from '../../data/download.ts'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { count } from '../../ui/format.ts'
import { Progress } from '../../ui/progress.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { csvLine } from './cells.ts'
import type { BadRow } from './rows.ts'
import type { UploadState } from './upload.ts'

const shownMax = 10

const columns: readonly Column<BadRow>[] = [
  { id: 'line', title: 'Line', isNumber: true, cell: ({ line }) => line },
  { id: 'reason', title: 'Why', cell: ({ reason }) => reason },
]

interface ImportResultProps {
  state: UploadState
  /** Size of the file. */
  total: number
  isRunning: boolean
  name: string
}

export function ImportResult({ state, total, isRunning, name }: ImportResultProps) {
  const { bytes, rows, readings, bad, badRows, isWaiting } = state
  const said = `${count(rows)} rows with ${count(readings)} readings are stored${bad === 0 ? '' : `, ${count(bad)} could not be read`}.`
  return (
    <section className="stack" aria-label="Import">
      <Progress label="Import" value={total === 0 ? 1 : bytes / total}>
        <span role="status">{isRunning ? said : `Done: ${said}`}</span>
      </Progress>
      {isWaiting && (
        <Callout kind="warning">The hub is away or busy; the import waits and goes on by itself.</Callout>
      )}
      {badRows.length > 0 && (
        <>
          <div className="row-apart">
            <h2>Lines that were not stored</h2>
            <Button size="small" icon="download" onClick={() => saveBad(badRows, name)}>
              Save them with their reasons
            </Button>
          </div>
          <Table
            caption="Lines that were not stored"
            columns={columns}
            rows={badRows.slice(0, shownMax)}
            keyOf={({ line }) => String(line)}
          />
        </>
      )}
    </section>
  )
}

function saveBad(rows: readonly BadRow[], name: string): void {
  const text = [['line', 'reason'], ...rows.map(({ line, reason }) => [String(line), reason])]
    .map(csvLine)
    .join('')
  save(new Blob([text], { type: 'text/csv' }), `not-stored-${name}.csv`)
}
