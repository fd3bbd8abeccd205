// What is to leave the hub: which devices and keys, since when, in which form; how much it will be, how far it is.
import { useState } from 'react'
import { spans, type Span } from '../../charts/range.ts'
import { saveStream } from '../../data/download.ts'
import { Button } from '../../ui/button.tsx'
import { RadioCards } from '../../ui/choice.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { bytes, count } from '../../ui/format.ts'
import { Input } from '../../ui/input.tsx'
import { Progress } from '../../ui/progress.tsx'
import { Select } from '../../ui/select.tsx'
import { estimate, exported, type Estimate, type ExportAsked, type ExportState } from './export-run.ts'

type Which = 'all' | 'search' | 'named'
type Since = Span | 'all'

const sinceOptions = [
  { value: 'all', label: 'All there is' },
  ...(Object.keys(spans) as Span[]).map((span) => ({ value: span, label: `The last ${spans[span].label}` })),
] as { value: Since; label: string }[]
const formats = [
  { value: 'csv', label: 'CSV: device, ts, key, value' },
  { value: 'ndjson', label: 'NDJSON: one JSON object in each line' },
] as const

interface Form {
  which: Which
  search: string
  named: string
  keys: string
  since: Since
  format: ExportAsked['format']
}

const formAtFirst: Form = { which: 'all', search: '', named: '', keys: '', since: 'all', format: 'csv' }

export function ExportForm() {
  const [form, setForm] = useState(formAtFirst)
  const [known, setKnown] = useState<Estimate>()
  const work = useWork()
  const change = (part: Partial<Form>) => {
    setForm({ ...form, ...part })
    setKnown(undefined)
  }
  const lacks = lacking(form)
  const look = () =>
    void work.run(async (signal) => setKnown(await estimate(askedOf(form), signal)), 'estimate')
  const save = () =>
    void work.run((signal) => {
      const pieces = exported(askedOf(form), work.setState, signal)
      return saveStream(
        pieces,
        `ackstone-readings.${form.format}`,
        form.format === 'csv' ? 'text/csv' : 'application/x-ndjson',
      )
    }, 'export')
  return (
    <div className="panel stack">
      <Devices form={form} change={change} />
      <div className="columns">
        <Field label="Keys" isOptional hint="Separated by commas; all keys without it.">
          {(control) => <Input {...control} isMono value={form.keys} onChange={(keys) => change({ keys })} />}
        </Field>
        <Field label="Since">
          {(control) => (
            <Select
              {...control}
              value={form.since}
              options={sinceOptions}
              onChange={(since) => change({ since })}
            />
          )}
        </Field>
        <Field label="Format">
          {(control) => (
            <Select
              {...control}
              value={form.format}
              options={formats}
              onChange={(format) => change({ format })}
            />
          )}
        </Field>
      </div>
      <details>
        <summary>The same as a command</summary>
        <CodeBlock label="ackstone export command" isWrapped text={commandOf(form)} />
      </details>
      {work.error !== undefined && <ErrorState error={work.error} />}
      {known !== undefined && (
        <p role="status">
          {known.isRough ? 'About ' : ''}
          {count(known.readings)} readings of {count(known.devices)}{' '}
          {known.devices === 1 ? 'device' : 'devices'}, roughly {bytes(known.bytes)}.
        </p>
      )}
      {work.state !== undefined && <ExportProgress state={work.state} isDone={work.doing === undefined} />}
      <div className="row">
        <Button kind="primary" icon="download" lacks={lacks} isBusy={work.doing === 'export'} onClick={save}>
          Export
        </Button>
        <Button lacks={lacks} isBusy={work.doing === 'estimate'} onClick={look}>
          How much is it?
        </Button>
        {work.doing !== undefined && <Button onClick={work.stop}>Stop</Button>}
      </div>
    </div>
  )
}

function Devices({ form, change }: { form: Form; change: (part: Partial<Form>) => void }) {
  return (
    <>
      <RadioCards
        legend="Devices"
        value={form.which}
        onChange={(which) => change({ which })}
        cards={[
          { value: 'all', title: 'All devices', text: 'Every device that has stored a reading.' },
          { value: 'search', title: 'By name', text: 'Devices whose identifier contains a text.' },
          { value: 'named', title: 'Named ones', text: 'Devices that you name.' },
        ]}
      />
      {form.which === 'search' && (
        <Field label="The identifier contains">
          {(control) => (
            <Input {...control} isMono value={form.search} onChange={(search) => change({ search })} />
          )}
        </Field>
      )}
      {form.which === 'named' && (
        <Field label="Identifiers" hint="Separated by commas.">
          {(control) => (
            <Input {...control} isMono value={form.named} onChange={(named) => change({ named })} />
          )}
        </Field>
      )}
    </>
  )
}

function ExportProgress({ state, isDone }: { state: ExportState; isDone: boolean }) {
  const { devices, devicesTotal, readings, bytes: size } = state
  return (
    <Progress
      label="Export"
      value={devicesTotal === undefined ? undefined : isDone ? 1 : devices / Math.max(1, devicesTotal)}
    >
      <span role="status">
        {isDone ? 'Done: ' : ''}
        {count(readings)} readings of {count(devices)} devices, {bytes(size)}
        {isDone || devicesTotal === undefined ? '.' : ` so far; ${count(devicesTotal)} devices in all.`}
      </span>
    </Progress>
  )
}

/** One thing at a time that takes a while, can be stopped and can fail. */
function useWork() {
  const [doing, setDoing] = useState<'estimate' | 'export'>()
  const [state, setState] = useState<ExportState>()
  const [error, setError] = useState<unknown>()
  const [controller, setController] = useState<AbortController>()
  const run = async (work: (signal: AbortSignal) => Promise<void>, what: 'estimate' | 'export') => {
    const own = new AbortController()
    setController(own)
    setDoing(what)
    setError(undefined)
    setState(undefined)
    try {
      await work(own.signal)
    } catch (thrown) {
      setState(undefined)
      if (!own.signal.aborted) setError(thrown)
    }
    setDoing(undefined)
  }
  return { doing, state, setState, error, run, stop: () => controller?.abort() }
}

function lacking(form: Form): string | undefined {
  if (form.which === 'named' && namesOf(form.named).length === 0) return 'Name a device first.'
  return form.which === 'search' && form.search === '' ? 'Say first what the identifier contains.' : undefined
}

function namesOf(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function askedOf({ which, search, named, keys, since, format }: Form): ExportAsked {
  return {
    devices: which === 'named' ? namesOf(named) : [],
    search: which === 'search' ? search : '',
    keys: namesOf(keys),
    startTs: since === 'all' ? undefined : Date.now() - spans[since].ms,
    format,
  }
}

function commandOf(form: Form): string {
  const words = ['npx ackstone export']
  if (form.which === 'search') words.push(`--search ${quoted(form.search)}`)
  if (form.which === 'named') words.push(...namesOf(form.named).map((name) => `--device ${quoted(name)}`))
  words.push(...namesOf(form.keys).map((key) => `--key ${quoted(key)}`))
  if (form.since !== 'all') words.push(`--start ${form.since === '1y' ? '365d' : form.since}`)
  words.push(`--format ${form.format} -o ackstone-readings.${form.format}`)
  return words.join(' ')
}

/** As a shell reads it. */
function quoted(text: string): string {
  return /^[\w.@:/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
