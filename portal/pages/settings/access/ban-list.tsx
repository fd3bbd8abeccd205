// Addresses, networks and devices that are shut out.
import { useState } from 'react'
import { useChange } from '../../../data/change.ts'
import { call, type AnswerOf } from '../../../data/client.ts'
import { useOperation } from '../../../data/queries.ts'
import { RadioCards } from '../../../ui/choice.tsx'
import { Field } from '../../../ui/field.tsx'
import { Input } from '../../../ui/input.tsx'
import { OptionalTime } from '../../../ui/optional-time.tsx'
import { RelativeTime } from '../../../ui/relative-time.tsx'
import type { Column } from '../../../ui/table.tsx'
import { EntryForm } from './entry-form.tsx'
import { ManagedList } from './managed-list.tsx'

type Ban = AnswerOf<'listBans'>['items'][number]

const kinds: readonly { value: Ban['kind']; title: string; text: string }[] = [
  {
    value: 'address',
    title: 'An address or network',
    text: '203.0.113.7, or 203.0.113.0/24 for all of a network.',
  },
  { value: 'device', title: 'A device', text: 'By its identifier, wherever it connects from.' },
]

const columns: Column<Ban>[] = [
  { id: 'value', title: 'Who', cell: ({ value }) => <code className="break">{value}</code> },
  { id: 'kind', title: 'Kind', cell: ({ kind }) => kind },
  {
    id: 'reason',
    title: 'Why',
    cell: ({ reason }) => (reason === '' ? <span className="soft">not said</span> : reason),
  },
  { id: 'createdAt', title: 'Since', cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
  {
    id: 'expiresAt',
    title: 'Ends',
    cell: ({ expiresAt }) => <OptionalTime at={expiresAt} />,
  },
]

export function BanList() {
  const query = useOperation('listBans', {})
  return (
    <ManagedList
      noun="ban"
      icon="cross"
      about="Who is banned is cut off at once and can’t connect again."
      emptyTitle="Nobody is shut out"
      query={query}
      stale="listBans"
      columns={columns}
      nameOf={({ value }) => value}
      addLabel="Shut somebody out"
      add={(close) => <BanForm onClose={close} />}
      remove={({ id }) => call('removeBan', { params: { id } })}
      removeLabel="Lift"
      consequence="They may connect again, with the credentials that they have."
    />
  )
}

function BanForm({ onClose }: { onClose: () => void }) {
  const [kind, setKind] = useState<Ban['kind']>('address')
  const [value, setValue] = useState('')
  const [reason, setReason] = useState('')
  const change = useChange('listBans', 'audit')
  const save = async () => {
    const body = { kind, value: value.trim(), reason }
    if (await change.run(() => call('createBan', { body }))) onClose()
  }
  return (
    <EntryForm
      title="Shut somebody out"
      action="Shut out"
      lacks={value.trim() === '' ? 'Enter whom to shut out.' : undefined}
      change={change}
      onSave={() => void save()}
      onClose={onClose}
    >
      <RadioCards legend="Shut out" value={kind} cards={kinds} onChange={setKind} />
      <Field label={kind === 'address' ? 'Address or network' : 'Device'}>
        {(control) => <Input {...control} value={value} onChange={setValue} isMono />}
      </Field>
      <Field label="Why" hint="For whoever reads the list later." isOptional>
        {(control) => <Input {...control} value={reason} onChange={setReason} maxLength={200} />}
      </Field>
    </EntryForm>
  )
}
