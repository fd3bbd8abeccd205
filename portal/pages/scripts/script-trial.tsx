// Tries the script as it stands in the editor on a message of one's own: what it gives, what it printed, and how
// long it took.
import { useState } from 'react'
import { useChange } from '../../data/change.ts'
import { call, type Given } from '../../data/client.ts'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { duration } from '../../ui/format.ts'
import { Input, Textarea } from '../../ui/input.tsx'
import { Select } from '../../ui/select.tsx'
import { ReadingsTable } from '../setup/readings-table.tsx'
import { base64OfHex } from './hex.ts'
import type { ScriptResult } from './script-api.ts'

type Form = 'text' | 'hex' | 'base64'

interface Typed {
  topic: string
  device: string
  form: Form
  payload: string
  fPort: string
}

export function ScriptTrial({ source }: { source: string }) {
  const [typed, setTyped] = useState<Typed>({
    topic: 'sensors/d1/up',
    device: 'd1',
    form: 'hex',
    payload: '08 66',
    fPort: '',
  })
  const [result, setResult] = useState<ScriptResult>()
  const { isBusy, error, run } = useChange()
  const sample = sampleOf(typed)
  const test = (given: ScriptCall) =>
    run(async () => setResult((await call('testScript', { body: { source, ...given } })).samples[0]))
  return (
    <section className="panel stack" aria-label="Try the script">
      <h2>Try it on a message</h2>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (sample !== undefined) void test(sample)
        }}
      >
        <MessageFields typed={typed} onChange={setTyped} isWrong={sample === undefined} />
        <div className="row">
          <Button type="submit" icon="play" isBusy={isBusy}>
            Run the script
          </Button>
        </div>
      </form>
      {error !== undefined && <ErrorState error={error} />}
      {result !== undefined && <Outcome result={result} />}
    </section>
  )
}

/** What the trial asks beside the source. */
type ScriptCall = Omit<NonNullable<Given<'testScript'>['body']>, 'source'>

/** undefined while the payload is not written as it should be. */
function sampleOf({ topic, device, form, payload, fPort }: Typed): ScriptCall | undefined {
  const port = fPort === '' ? {} : { fPort: Number(fPort) }
  if (form === 'text') return { samples: [{ topic, device, payload }], ...port }
  const payloadBase64 = form === 'hex' ? base64OfHex(payload) : payload.trim()
  return payloadBase64 === undefined ? undefined : { samples: [{ topic, device, payloadBase64 }], ...port }
}

interface MessageFieldsProps {
  typed: Typed
  onChange: (typed: Typed) => void
  isWrong: boolean
}

function MessageFields({ typed, onChange, isWrong }: MessageFieldsProps) {
  const { topic, device, form, payload, fPort } = typed
  const set = (changes: Partial<Typed>) => onChange({ ...typed, ...changes })
  const wrong = isWrong ? 'Bytes are written as pairs of 0-9 and a-f, for example 08 66.' : undefined
  return (
    <>
      <div className="columns">
        <Field label="Topic name">
          {(control) => <Input {...control} isMono value={topic} onChange={(next) => set({ topic: next })} />}
        </Field>
        <Field label="Device" hint="That of the topic, or who is signed in.">
          {(control) => (
            <Input {...control} isMono value={device} onChange={(next) => set({ device: next })} />
          )}
        </Field>
        <Field label="The payload is written as">
          {(control) => (
            <Select
              {...control}
              value={form}
              onChange={(next) => set({ form: next })}
              options={[
                { value: 'hex', label: 'Bytes in hexadecimal' },
                { value: 'base64', label: 'Base64' },
                { value: 'text', label: 'Text' },
              ]}
            />
          )}
        </Field>
        <Field label="fPort" hint="The port of LoRaWAN." isOptional>
          {(control) => (
            <Input
              {...control}
              type="number"
              min={1}
              max={255}
              value={fPort}
              onChange={(next) => set({ fPort: next })}
            />
          )}
        </Field>
      </div>
      <Field label="Payload" error={wrong}>
        {(control) => (
          <Textarea {...control} isMono value={payload} onChange={(next) => set({ payload: next })} />
        )}
      </Field>
    </>
  )
}

/** The reason, and where in the source. */
function placed({ reason, line, column }: NonNullable<ScriptResult['error']>): string {
  return line === null ? reason : `${reason} (line ${line}${column === null ? '' : `, column ${column}`})`
}

function Outcome({ result }: { result: ScriptResult }) {
  const { readings, warnings, error, console: printed, cpuMs } = result
  return (
    <div className="stack-s" role="status">
      {error === null ? (
        <ReadingsTable caption="Readings that the script gave" readings={readings} />
      ) : (
        <Callout kind="error" title={placed(error)}>
          Such a message would be kept under <em>Rejected</em> with this reason.
        </Callout>
      )}
      {warnings.map((warning) => (
        <Callout key={warning} kind="warning">
          {warning}
        </Callout>
      ))}
      <p className="soft">It took {duration(cpuMs)} of processor time.</p>
      {printed.length > 0 && <pre className="json">{printed.join('\n')}</pre>}
    </div>
  )
}
