// How the devices of an integration get commands, where a command doesn't say it itself: form, topics, template, QoS.
import { useState } from 'react'
import { useChange } from '../../data/change.ts'
import { request } from '../../data/client.ts'
import { fieldError } from '../../data/problem.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { Input, Textarea } from '../../ui/input.tsx'
import { qosOptions, type QosChoice } from '../../ui/qos-options.ts'
import { Select } from '../../ui/select.tsx'
import { useToast } from '../../ui/toast.tsx'
import type { Integration } from './integration-api.ts'
import { bodyOf } from './integration-body.ts'

type Downlink = NonNullable<Integration['downlink']>

interface Typed {
  /** Empty: nothing of its own. */
  form: Downlink['form'] | ''
  topic: string
  template: string
  script: string
  qos: QosChoice
  responseTopic: string
}

const forms: readonly { value: Typed['form']; label: string }[] = [
  { value: '', label: 'Nothing of its own' },
  { value: 'ackstone', label: 'Ackstone' },
  { value: 'assetwolf', label: 'Assetwolf' },
  { value: 'thingsboard-rpc', label: 'ThingsBoard RPC' },
  { value: 'template', label: 'Template' },
  { value: 'script', label: 'Script (encodeDownlink)' },
  { value: 'raw', label: 'Raw payload' },
]

const about: Readonly<Record<Integration['kind'], string>> = {
  direct:
    'Commands for its devices are published on this hub, and delivered when the device has acknowledged them.',
  bridge:
    'Commands for its devices are published at the broker that it is attached to. Delivered then means: that broker ' +
    'has them; a device says so with an answer.',
}

interface Props {
  integration: Integration
  lacks: string | undefined
}

export function IntegrationCommands({ integration, lacks }: Props) {
  const [typed, setTyped] = useState(() => typedOf(integration.downlink))
  const say = useToast()
  const change = useChange('getIntegration', 'listIntegrations')
  const save = () =>
    change.run(async () => {
      const { downlink: _, ...body } = bodyOf(integration)
      const downlink = downlinkOf(typed)
      await request('PUT', `/api/v1/integrations/${encodeURIComponent(integration.id)}`, {
        body: downlink === undefined ? body : { ...body, downlink },
      })
      say(`Commands through “${integration.name}” are written this way from now on.`)
    })
  return (
    <form
      className="panel stack"
      aria-label="How its devices get commands"
      onSubmit={(event) => {
        event.preventDefault()
        if (lacks === undefined) void save()
      }}
    >
      <p className="soft">{about[integration.kind]}</p>
      <Fields typed={typed} error={change.error} onChange={setTyped} />
      {change.error !== undefined && <ErrorState error={change.error} />}
      <div className="row">
        <Button type="submit" kind="primary" lacks={lacks} isBusy={change.isBusy}>
          Save
        </Button>
      </div>
    </form>
  )
}

interface FieldsProps {
  typed: Typed
  error: unknown
  onChange: (typed: Typed) => void
}

function Fields({ typed, error, onChange }: FieldsProps) {
  const set = (changes: Partial<Typed>) => onChange({ ...typed, ...changes })
  const errorOf = (member: string) => fieldError(error, `/downlink/${member}`)
  return (
    <>
      <div className="columns">
        <Field label="Commands are written as" error={errorOf('form')}>
          {(control) => (
            <Select {...control} value={typed.form} options={forms} onChange={(form) => set({ form })} />
          )}
        </Field>
        {typed.form !== '' && (
          <>
            <TopicField
              label="Topic"
              hint="{device} and {request} are filled in."
              placeholder="plant/{device}/set"
              value={typed.topic}
              error={errorOf('topic')}
              onChange={(topic) => set({ topic })}
            />
            <TopicField
              label="Topic of answers"
              hint="{device} and {request} are levels of their own."
              placeholder="plant/{device}/done/{request}"
              value={typed.responseTopic}
              error={errorOf('responseTopic')}
              onChange={(responseTopic) => set({ responseTopic })}
            />
            <Field label="QoS" error={errorOf('qos')}>
              {(control) => (
                <Select
                  {...control}
                  value={typed.qos}
                  options={qosOptions('1, unless the command says another')}
                  onChange={(qos) => set({ qos })}
                />
              )}
            </Field>
          </>
        )}
        {typed.form === 'script' && (
          <TopicField
            label="Script"
            hint="Its identifier; left empty, that of the converter."
            placeholder="my-script"
            value={typed.script}
            error={errorOf('script')}
            onChange={(script) => set({ script })}
          />
        )}
      </div>
      {typed.form === 'template' && (
        <Field
          label="Template"
          hint="{{device}}, {{command}}, {{request}}, {{params}} and {{params.path}} are filled in; within quotes as text, elsewhere as JSON."
          error={errorOf('template')}
        >
          {(control) => (
            <Textarea
              {...control}
              isMono
              value={typed.template}
              placeholder={'{"do": "{{command}}", "to": {{params.level}}}'}
              onChange={(template) => set({ template })}
            />
          )}
        </Field>
      )}
    </>
  )
}

interface TopicFieldProps {
  label: string
  hint: string
  placeholder: string
  value: string
  error: string | undefined
  onChange: (value: string) => void
}

function TopicField({ label, hint, placeholder, value, error, onChange }: TopicFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} isOptional>
      {(control) => <Input {...control} isMono value={value} placeholder={placeholder} onChange={onChange} />}
    </Field>
  )
}

function typedOf(downlink: Downlink | undefined): Typed {
  const { form = '', topic = '', template = '', script = '', responseTopic = '', qos } = downlink ?? {}
  return { form, topic, template, script, responseTopic, qos: qos === undefined ? '' : `${qos}` }
}

/** What the API takes; undefined for nothing of its own. */
function downlinkOf({ form, topic, template, script, qos, responseTopic }: Typed): Downlink | undefined {
  if (form === '') return undefined
  return {
    form,
    ...(topic.trim() !== '' && { topic: topic.trim() }),
    ...(responseTopic.trim() !== '' && { responseTopic: responseTopic.trim() }),
    ...(form === 'template' && { template }),
    ...(form === 'script' && script.trim() !== '' && { script: script.trim() }),
    ...(qos !== '' && { qos: Number(qos) as 0 | 1 | 2 }),
  }
}
