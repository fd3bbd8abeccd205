// The options of the chosen converter as a form, made from the schema that the hub checks them with.
import { Checkbox } from '../../ui/choice.tsx'
import { Field } from '../../ui/field.tsx'
import { Input, Textarea } from '../../ui/input.tsx'
import { Select } from '../../ui/select.tsx'
import { useState } from 'react'
import { useSetupDraft } from './draft-context.ts'
import { withOption, type OptionSchema, type OptionsSchema } from './hub.ts'
import { ScriptOption } from './script-option.tsx'

export function ConverterOptions({ schema }: { schema: OptionsSchema }) {
  const { draft } = useSetupDraft()
  if (draft.converter.type === 'script') return <ScriptOption />
  const options = Object.entries(schema.properties ?? {}).filter(([name]) => name !== 'type')
  if (options.length === 0) return null
  const required = schema.required ?? []
  const first = options.filter(([name, option]) => required.includes(name) && option.default === undefined)
  const others = options.filter((entry) => !first.includes(entry))
  return (
    <div className="stack">
      {first.length > 0 && <Options options={first} isOptional={false} />}
      {others.length > 0 && (
        <details className="guide">
          <summary>Options ({others.length})</summary>
          <Options options={others} isOptional />
        </details>
      )}
    </div>
  )
}

function Options({
  options,
  isOptional,
}: {
  options: [name: string, option: OptionSchema][]
  isOptional: boolean
}) {
  return (
    <div className="columns">
      {options.map(([name, option]) => (
        <OptionField key={name} name={name} option={option} isOptional={isOptional} />
      ))}
    </div>
  )
}

interface OptionFieldProps {
  name: string
  option: OptionSchema
  isOptional: boolean
}

function OptionField({ name, option, isOptional }: OptionFieldProps) {
  const { draft, change } = useSetupDraft()
  const value = draft.converter[name]
  const set = (next: unknown) =>
    change({ converter: withOption(draft.converter, name, next), isConverterChosen: true })
  const label = <code>{name}</code>
  if (option.type === 'boolean') {
    return (
      <Checkbox
        label={label}
        hint={option.description}
        isChecked={(value ?? option.default) === true}
        onChange={set}
      />
    )
  }
  if (option.enum !== undefined) {
    return (
      <Field label={label} hint={option.description} isOptional={isOptional}>
        {(control) => (
          <Select
            {...control}
            value={String(value ?? option.default ?? '')}
            onChange={set}
            options={(option.enum ?? []).map((each) => ({ value: each, label: each }))}
          />
        )}
      </Field>
    )
  }
  if (option.type === 'string' || option.type === 'number' || option.type === 'integer') {
    const isNumber = option.type !== 'string'
    const take = (text: string) =>
      set(isNumber && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text)
    return (
      <Field label={label} hint={option.description} isOptional={isOptional}>
        {(control) => (
          <Input
            {...control}
            isMono
            value={value === undefined ? '' : String(value)}
            placeholder={option.default === undefined ? '' : String(option.default)}
            onChange={take}
          />
        )}
      </Field>
    )
  }
  return <JsonOption name={name} option={option} isOptional={isOptional} value={value} onChange={set} />
}

interface JsonOptionProps extends OptionFieldProps {
  value: unknown
  onChange: (value: unknown) => void
}

/** An option with parts of its own, written as JSON. */
function JsonOption({ name, option, isOptional, value, onChange }: JsonOptionProps) {
  const [text, setText] = useState(value === undefined ? '' : JSON.stringify(value, undefined, 2))
  const [error, setError] = useState<string>()
  const take = (next: string) => {
    setText(next)
    if (next.trim() === '') {
      setError(undefined)
      return onChange(undefined)
    }
    try {
      onChange(JSON.parse(next))
      setError(undefined)
    } catch (thrown) {
      setError(`This is not JSON yet: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
    }
    return undefined
  }
  return (
    <Field
      label={<code>{name}</code>}
      hint={option.description ?? 'Written as JSON.'}
      error={error}
      isOptional={isOptional}
    >
      {(control) => <Textarea {...control} isMono value={text} onChange={take} />}
    </Field>
  )
}
