// What a new key may do, and until when.
import { useState } from 'react'
import { call } from '../../data/client.ts'
import { useChange } from '../../data/change.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox } from '../../ui/choice.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { Input } from '../../ui/input.tsx'
import { Select } from '../../ui/select.tsx'
import type { NewKey } from './keys-section.tsx'

type Scope = NewKey['scopes'][number]

const scopes: readonly { scope: Scope; label: string; hint: string }[] = [
  { scope: 'ingest', label: 'Ingest', hint: 'Store readings over HTTP, and nothing else.' },
  { scope: 'read', label: 'Read', hint: 'What a viewer sees.' },
  {
    scope: 'operate',
    label: 'Operate',
    hint: 'What an operator may do: integrations, devices, credentials.',
  },
  { scope: 'administer', label: 'Administer', hint: 'Everything, users and keys included.' },
]
const ends = [
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
  { value: '', label: 'Never' },
] as const
const dayMs = 86_400_000

interface KeyFormProps {
  onMade: (key: NewKey) => void
  onClose: () => void
}

export function KeyForm({ onMade, onClose }: KeyFormProps) {
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<readonly Scope[]>(['ingest'])
  const [days, setDays] = useState<(typeof ends)[number]['value']>('365')
  const change = useChange('listKeys', 'audit')
  const lacks =
    name.trim() === ''
      ? 'Enter a name by which you will recognise the program.'
      : chosen.length === 0
        ? 'Choose what the key may do.'
        : undefined
  const save = () =>
    change.run(async () => {
      const expiresAt = days === '' ? undefined : new Date(Date.now() + Number(days) * dayMs).toISOString()
      onMade(await call('createKey', { body: { name: name.trim(), scopes: [...chosen], expiresAt } }))
    })
  return (
    <Dialog title="New API key" onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (lacks === undefined) void save()
        }}
      >
        <Field label="Name" hint="The program that will use it.">
          {(control) => <Input {...control} value={name} onChange={setName} maxLength={100} autoFocus />}
        </Field>
        <fieldset className="stack-s">
          <legend className="field-label">It may</legend>
          {scopes.map(({ scope, label, hint }) => (
            <Checkbox
              key={scope}
              label={label}
              hint={hint}
              isChecked={chosen.includes(scope)}
              onChange={(isChecked) =>
                setChosen(isChecked ? [...chosen, scope] : chosen.filter((each) => each !== scope))
              }
            />
          ))}
        </fieldset>
        <Field label="It ends">
          {(control) => <Select {...control} value={days} options={ends} onChange={setDays} />}
        </Field>
        {change.error !== undefined && <ErrorState error={change.error} />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" lacks={lacks} isBusy={change.isBusy}>
            Make the key
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
