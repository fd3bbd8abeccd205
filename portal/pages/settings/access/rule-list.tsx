// Rules by which devices get in that nobody has entered: with a key and a secret from the factory, or a certificate.
import { useState } from 'react'
import { useChange } from '../../../data/change.ts'
import { call, type AnswerOf } from '../../../data/client.ts'
import { useOperation } from '../../../data/queries.ts'
import { RadioCards } from '../../../ui/choice.tsx'
import { Field } from '../../../ui/field.tsx'
import { count } from '../../../ui/format.ts'
import { Input } from '../../../ui/input.tsx'
import { OptionalTime } from '../../../ui/optional-time.tsx'
import type { Column } from '../../../ui/table.tsx'
import { ShownOnce } from '../shown-once.tsx'
import { EntryForm } from './entry-form.tsx'
import { ManagedList } from './managed-list.tsx'

type Rule = AnswerOf<'listRules'>['items'][number]
type Made = AnswerOf<'createRule'>
type Kind = Rule['kind']

const kinds: readonly { value: Kind; title: string; text: string }[] = [
  {
    value: 'secret',
    title: 'Key and secret',
    text: 'Devices carry both from the factory, and get a token of their own when they first connect.',
  },
  {
    value: 'certificate',
    title: 'Certificate',
    text: 'A certificate of your authority is enough; its common name is the device.',
  },
]

const columns: Column<Rule>[] = [
  { id: 'pattern', title: 'Names like', cell: ({ pattern }) => <code>{pattern}</code> },
  { id: 'kind', title: 'By', cell: ({ kind }) => (kind === 'secret' ? 'key and secret' : 'certificate') },
  {
    id: 'key',
    title: 'Key',
    cell: ({ key }) =>
      key === '' ? <span className="soft">none</span> : <code className="break">{key}</code>,
  },
  {
    id: 'devices',
    title: 'Let in',
    cell: ({ devices, devicesMax }) => `${count(devices)} of ${count(devicesMax)}`,
    isNumber: true,
  },
  {
    id: 'expiresAt',
    title: 'Ends',
    cell: ({ expiresAt }) => <OptionalTime at={expiresAt} />,
  },
]

export function RuleList() {
  const query = useOperation('listRules', {})
  const [made, setMade] = useState<Made>()
  return (
    <>
      <ManagedList
        noun="rule"
        icon="device"
        about="Without a rule, a device that nobody has entered does not get in."
        emptyTitle="There are no provisioning rules"
        query={query}
        stale="listRules"
        columns={columns}
        nameOf={({ id }) => id}
        addLabel="New rule"
        add={(close) => (
          <RuleForm
            onClose={close}
            onMade={(rule) => {
              close()
              if (rule.secret !== null) setMade(rule)
            }}
          />
        )}
        remove={({ id }) => call('removeRule', { params: { id } })}
        consequence="No further device gets in by it. Those with a token stay; those that came by certificate are cut off."
      />
      {made !== undefined && made.secret !== null && (
        <ShownOnce
          title={`The rule for ${made.pattern}`}
          label="Secret"
          secret={made.secret}
          onClose={() => setMade(undefined)}
        >
          <p>
            Devices ask with the key <code className="break">{made.key}</code> and this secret.
          </p>
        </ShownOnce>
      )}
    </>
  )
}

function RuleForm({ onMade, onClose }: { onMade: (made: Made) => void; onClose: () => void }) {
  const [kind, setKind] = useState<Kind>('secret')
  const [pattern, setPattern] = useState('')
  const [devicesMax, setDevicesMax] = useState('1000')
  const change = useChange('listRules', 'audit')
  const isNumber = /^[1-9]\d{0,6}$/.test(devicesMax)
  const save = () =>
    change.run(async () => {
      onMade(
        await call('createRule', { body: { kind, pattern: pattern.trim(), devicesMax: Number(devicesMax) } }),
      )
    })
  return (
    <EntryForm
      title="New provisioning rule"
      action="Make the rule"
      lacks={
        pattern.trim() === ''
          ? 'Enter what the names look like.'
          : isNumber
            ? undefined
            : 'Enter a whole number of devices.'
      }
      change={change}
      onSave={() => void save()}
      onClose={onClose}
    >
      <RadioCards legend="Devices show" value={kind} cards={kinds} onChange={setKind} />
      <Field label="Names look like" hint="* stands for any characters: meter-*">
        {(control) => (
          <Input {...control} value={pattern} onChange={setPattern} isMono placeholder="meter-*" />
        )}
      </Field>
      <Field label="Devices at most">
        {(control) => <Input {...control} value={devicesMax} onChange={setDevicesMax} inputMode="numeric" />}
      </Field>
    </EntryForm>
  )
}
