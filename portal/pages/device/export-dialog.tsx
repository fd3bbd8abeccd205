// Takes the readings of a device along as a file: the hub streams them, the progress is counted as they come, and the
// same can be had with one command.
import { useState } from 'react'
import { addressOf } from '../../data/client.ts'
import { download, type DownloadState } from '../../data/download.ts'
import { listOf } from '../../data/name-list.ts'
import { useOperation } from '../../data/queries.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox } from '../../ui/choice.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { bytes, count } from '../../ui/format.ts'
import { Progress } from '../../ui/progress.tsx'
import { Select } from '../../ui/select.tsx'
import { spans, type Span } from '../../charts/range.ts'

type Choice = Span | 'all'
const ranges = [
  ...(Object.keys(spans) as Span[]).map((span) => ({ value: span, label: `The last ${spans[span].label}` })),
  { value: 'all', label: 'All there is' },
] as { value: Choice; label: string }[]

type Format = 'csv' | 'ndjson'
const formats: Readonly<Record<Format, { accept: string; label: string; about: string }>> = {
  csv: {
    accept: 'text/csv',
    label: 'CSV',
    about: 'One row for each moment and one column for each key; times in milliseconds since 1970, UTC.',
  },
  ndjson: {
    accept: 'application/x-ndjson',
    label: 'NDJSON',
    about: 'One JSON object in each line; times in milliseconds since 1970, UTC.',
  },
}
const formatOptions = (Object.keys(formats) as Format[]).map((value) => ({
  value,
  label: formats[value].label,
}))

export function ExportDialog({ device, onClose }: { device: string; onClose: () => void }) {
  const latest = useOperation('latest', { params: { device } })
  const keys = Object.keys(latest.data ?? {})
  const [left, setLeft] = useState<readonly string[]>([])
  const [range, setRange] = useState<Choice>('all')
  const [startTs, setStartTs] = useState<number>()
  const [format, setFormat] = useState<Format>('csv')
  const [state, setState] = useState<DownloadState>()
  const [error, setError] = useState<unknown>()
  const [stop, setStop] = useState<AbortController>()
  const chosen = keys.filter((key) => !left.includes(key))
  const address = addressOf('series', { device }, { keys: listOf(chosen), startTs })
  const chooseRange = (choice: Choice) => {
    setRange(choice)
    setStartTs(choice === 'all' ? undefined : Date.now() - spans[choice].ms)
  }
  const run = async () => {
    const controller = new AbortController()
    setStop(controller)
    setError(undefined)
    setState({ bytes: 0, rows: 0, isDone: false })
    try {
      await download({
        address,
        accept: formats[format].accept,
        name: `${fileName(device)}.${format}`,
        onProgress: setState,
        signal: controller.signal,
      })
    } catch (thrown) {
      setState(undefined)
      if (!controller.signal.aborted) setError(thrown)
    }
    setStop(undefined)
  }
  const isRunning = stop !== undefined
  const lacks = chosen.length === 0 ? 'Choose a key first.' : undefined
  return (
    <Dialog title={`Export readings of ${device}`} onClose={onClose} isSticky={isRunning}>
      <div className="stack">
        <div className="columns">
          <Field label="Range">
            {(control) => <Select {...control} value={range} options={ranges} onChange={chooseRange} />}
          </Field>
          <Field label="Format">
            {(control) => <Select {...control} value={format} options={formatOptions} onChange={setFormat} />}
          </Field>
        </div>
        <fieldset className="stack-s">
          <legend className="field-label">Keys</legend>
          <div className="columns">
            {keys.map((key) => (
              <Checkbox
                key={key}
                label={<code className="break">{key}</code>}
                isChecked={!left.includes(key)}
                onChange={(isChecked) =>
                  setLeft(isChecked ? left.filter((each) => each !== key) : [...left, key])
                }
              />
            ))}
          </div>
        </fieldset>
        <p className="soft small">{formats[format].about}</p>
        <details>
          <summary>The same as a command</summary>
          <CodeBlock label="curl command" isWrapped text={curl(address, formats[format].accept)} />
        </details>
        {error !== undefined && <ErrorState error={error} />}
        {state !== undefined && (
          <Progress label="Export" value={state.isDone ? 1 : undefined}>
            <span role="status">
              {state.isDone
                ? `Done: ${count(state.rows)} rows, ${bytes(state.bytes)}.`
                : `${count(state.rows)} rows, ${bytes(state.bytes)} so far.`}
            </span>
          </Progress>
        )}
        <DialogActions>
          {isRunning ? (
            <Button onClick={() => stop.abort()}>Stop</Button>
          ) : (
            <Button onClick={onClose}>{state?.isDone === true ? 'Close' : 'Cancel'}</Button>
          )}
          <Button kind="primary" icon="download" lacks={lacks} isBusy={isRunning} onClick={() => void run()}>
            Export {formats[format].label}
          </Button>
        </DialogActions>
      </div>
    </Dialog>
  )
}

function curl(address: string, accept: string): string {
  return `curl -H "Authorization: Bearer $TOKEN" -H "Accept: ${accept}" '${location.origin}${address.replaceAll("'", '%27')}'`
}

/** Of letters that every file system takes. */
function fileName(device: string): string {
  return device.replaceAll(/[^\w.-]+/g, '_').slice(0, 80)
}
