// The form that sends a command: what the device is to do, how it is written, and how surely it has to come.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useChange } from '../../data/change.ts'
import { call, type Given } from '../../data/client.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { Input, Textarea } from '../../ui/input.tsx'
import { qosOptions, type QosChoice } from '../../ui/qos-options.ts'
import { Select } from '../../ui/select.tsx'

type Body = NonNullable<Given<'sendCommand'>['body']>
/** Empty: as the integration of the device says. */
type Form = NonNullable<Body['form']> | ''

interface Typed {
  command: string
  form: Form
  params: string
  script: string
  qos: QosChoice
  expiresInSeconds: string
}

const blank: Typed = {
  command: '',
  form: '',
  params: '',
  script: '',
  qos: '',
  expiresInSeconds: '86400',
}

interface SendCommandProps {
  device: string
  lacks: string | undefined
}

export function SendCommand({ device, lacks: lacksRole }: SendCommandProps) {
  const [typed, setTyped] = useState(blank)
  const change = useChange('listCommands')
  const body = bodyOf(typed)
  const lacks = lacksRole ?? (typeof body === 'string' ? body : undefined)
  const send = (given: Body) =>
    change.run(async () => {
      await call('sendCommand', { params: { device }, body: given })
      setTyped({ ...typed, command: '', params: '' })
    })
  return (
    <form
      className="panel stack"
      aria-label="Send a command"
      onSubmit={(event) => {
        event.preventDefault()
        if (typeof body !== 'string' && lacks === undefined) void send(body)
      }}
    >
      <h2>Send a command</h2>
      <CommandFields typed={typed} onChange={setTyped} />
      {change.error !== undefined && <ErrorState error={change.error} />}
      <div className="row">
        <Button type="submit" kind="primary" icon="send" lacks={lacks} isBusy={change.isBusy}>
          Send
        </Button>
      </div>
    </form>
  )
}

/** What the API takes; or why that can't be said yet. */
function bodyOf({ command, form, params, script, qos, expiresInSeconds }: Typed): Body | string {
  if (command.trim() === '') return 'Say what the device is to do.'
  if (form === 'script' && script === '') return 'Choose the script that writes the payload.'
  const common = {
    command: command.trim(),
    ...(form !== '' && { form }),
    ...(qos !== '' && { qos: Number(qos) as 0 | 1 | 2 }),
    expiresInSeconds: Number(expiresInSeconds),
  }
  if (form === 'raw') return { ...common, payload: params }
  const withScript = form === 'script' ? { ...common, script } : common
  if (params.trim() === '') return withScript
  try {
    return { ...withScript, params: JSON.parse(params) as unknown }
  } catch {
    // The sentence says what the parser would.
    return 'Parameters are written as JSON, for example {"on":true}.'
  }
}

const forms: readonly { value: Form; label: string }[] = [
  { value: '', label: 'As its integration says' },
  { value: 'ackstone', label: 'Ackstone' },
  { value: 'assetwolf', label: 'Assetwolf' },
  { value: 'thingsboard-rpc', label: 'ThingsBoard RPC' },
  { value: 'raw', label: 'Raw payload' },
  { value: 'script', label: 'Script (encodeDownlink)' },
]

interface CommandFieldsProps {
  typed: Typed
  onChange: (typed: Typed) => void
}

function CommandFields({ typed, onChange }: CommandFieldsProps) {
  const set = (changes: Partial<Typed>) => onChange({ ...typed, ...changes })
  const isRaw = typed.form === 'raw'
  return (
    <>
      <div className="columns">
        <Field label="Command">
          {(control) => (
            <Input
              {...control}
              isMono
              value={typed.command}
              placeholder="setRelay"
              onChange={(command) => set({ command })}
            />
          )}
        </Field>
        <Field label="Written as">
          {(control) => (
            <Select {...control} value={typed.form} options={forms} onChange={(form) => set({ form })} />
          )}
        </Field>
        {typed.form === 'script' && (
          <ScriptField value={typed.script} onChange={(script) => set({ script })} />
        )}
        <Field
          label="QoS"
          hint="From 1 on, the device acknowledges that it has it, or the broker of its bridge."
        >
          {(control) => (
            <Select
              {...control}
              value={typed.qos}
              onChange={(qos) => set({ qos })}
              options={qosOptions('As its integration says')}
            />
          )}
        </Field>
        <Field label="Expires" hint="Later than that it is not delivered.">
          {(control) => (
            <Select
              {...control}
              value={typed.expiresInSeconds}
              onChange={(expiresInSeconds) => set({ expiresInSeconds })}
              options={[
                { value: '60', label: 'in a minute' },
                { value: '3600', label: 'in an hour' },
                { value: '86400', label: 'in a day' },
                { value: '604800', label: 'in a week' },
              ]}
            />
          )}
        </Field>
      </div>
      <Field
        label={isRaw ? 'Payload' : 'Parameters'}
        hint={isRaw ? undefined : 'As JSON.'}
        isOptional={!isRaw}
      >
        {(control) => (
          <Textarea {...control} isMono value={typed.params} onChange={(params) => set({ params })} />
        )}
      </Field>
    </>
  )
}

function ScriptField({ value, onChange }: { value: string; onChange: (script: string) => void }) {
  const scripts = useQuery({
    queryKey: ['scripts'],
    queryFn: ({ signal }) => call('listScripts', { signal }),
  })
  const options = (scripts.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))
  return (
    <Field label="Script">
      {(control) => (
        <Select
          {...control}
          value={value}
          onChange={onChange}
          options={[{ value: '', label: 'Choose one' }, ...options]}
        />
      )}
    </Field>
  )
}
