// A file of readings on its way into the hub: dropped or chosen, its columns explained, a look at what they mean, then
// stored with what could not be stored told line by line. The same file twice stores the same rows.
import { useQueryClient } from '@tanstack/react-query'
import { useId, useState, type DragEvent } from 'react'
import { useLacks } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { bytes } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { headOf, type Head } from './file-rows.ts'
import { ImportPreview } from './import-preview.tsx'
import { ImportResult } from './import-result.tsx'
import { MappingForm } from './mapping-form.tsx'
import { lacking } from './rows.ts'
import { upload, uploadStart, type UploadState } from './upload.ts'
import './data.css'

interface Chosen {
  file: File
  head: Head
}

export function ImportForm() {
  const [chosen, setChosen] = useState<Chosen>()
  const [state, setState] = useState<UploadState>()
  const [controller, setController] = useState<AbortController>()
  const [error, setError] = useState<unknown>()
  const queries = useQueryClient()
  const lacksRole = useLacks('operator')
  const isRunning = controller !== undefined
  const choose = async (file: File | undefined) => {
    if (file === undefined || isRunning) return
    setState(undefined)
    setError(undefined)
    setChosen({ file, head: await headOf(file) })
  }
  const run = async ({ file, head }: Chosen) => {
    const own = new AbortController()
    setController(own)
    setError(undefined)
    setState(uploadStart)
    try {
      await upload(file, head, setState, own.signal)
    } catch (thrown) {
      if (!own.signal.aborted) setError(thrown)
    }
    setController(undefined)
    await queries.invalidateQueries()
  }
  return (
    <div className="stack">
      <Drop onFile={(file) => void choose(file)} file={chosen?.file} />
      {chosen !== undefined && (
        <>
          <section className="panel stack" aria-label="What the file means">
            <MappingForm
              head={chosen.head}
              onChange={(mapping) => setChosen({ ...chosen, head: { ...chosen.head, mapping } })}
            />
          </section>
          <ImportPreview file={chosen.file} head={chosen.head} />
          {error !== undefined && <ErrorState error={error} />}
          {state !== undefined && (
            <ImportResult
              state={state}
              total={chosen.file.size}
              isRunning={isRunning}
              name={chosen.file.name}
            />
          )}
          <div className="row">
            <Button
              kind="primary"
              icon="upload"
              lacks={lacksRole ?? lacking(chosen.head.mapping)}
              isBusy={isRunning}
              onClick={() => void run(chosen)}
            >
              Store the readings
            </Button>
            {isRunning && <Button onClick={() => controller.abort()}>Stop</Button>}
          </div>
        </>
      )}
    </div>
  )
}

function Drop({ onFile, file }: { onFile: (file: File | undefined) => void; file: File | undefined }) {
  const id = useId()
  const [isOver, setOver] = useState(false)
  const over = (isIt: boolean) => (event: DragEvent) => {
    event.preventDefault()
    setOver(isIt)
  }
  return (
    <div
      className={isOver ? 'drop is-over' : 'drop'}
      onDragOver={over(true)}
      onDragLeave={over(false)}
      onDrop={(event) => {
        over(false)(event)
        onFile(event.dataTransfer.files[0])
      }}
    >
      <Icon name="upload" size={24} />
      <p>
        {file === undefined
          ? 'Drop a CSV or NDJSON file here, or choose one.'
          : `${file.name}, ${bytes(file.size)}`}
      </p>
      <label className="button plain" htmlFor={id}>
        {file === undefined ? 'Choose a file' : 'Choose another file'}
        <input
          id={id}
          type="file"
          className="hidden-visually"
          accept=".csv,.tsv,.txt,.ndjson,.jsonl,text/csv,application/x-ndjson"
          onChange={(event) => onFile(event.target.files?.[0])}
        />
      </label>
    </div>
  )
}
