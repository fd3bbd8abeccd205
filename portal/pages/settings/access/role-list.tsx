// Roles over MQTT: topic filters under a name.
import { useState } from 'react'
import { useChange } from '../../../data/change.ts'
import { call, type AnswerOf } from '../../../data/client.ts'
import { useOperation } from '../../../data/queries.ts'
import { Checkbox } from '../../../ui/choice.tsx'
import { Field } from '../../../ui/field.tsx'
import { Input, Textarea } from '../../../ui/input.tsx'
import type { Column } from '../../../ui/table.tsx'
import { EntryForm, linesOf } from './entry-form.tsx'
import { Filters } from './filters.tsx'
import { ManagedList } from './managed-list.tsx'

type Role = AnswerOf<'listRoles'>['items'][number]

const columns: Column<Role>[] = [
  {
    id: 'name',
    title: 'Name',
    cell: ({ name, description }) => (
      <span className="stack-s">
        <strong>{name}</strong>
        {description !== '' && <span className="soft small">{description}</span>}
      </span>
    ),
  },
  { id: 'publish', title: 'Publishes to', cell: ({ publish }) => <Filters of={publish} /> },
  { id: 'subscribe', title: 'Subscribes to', cell: ({ subscribe }) => <Filters of={subscribe} /> },
]

export function RoleList() {
  const query = useOperation('listRoles', {})
  return (
    <ManagedList
      noun="role"
      icon="link"
      about="In a filter, the level {device} stands for whoever has the role. A change counts at once."
      emptyTitle="There are no roles"
      query={query}
      stale="listRoles"
      columns={columns}
      nameOf={({ name }) => name}
      addLabel="New role"
      add={(close) => <RoleForm onClose={close} />}
      remove={({ name }) => call('removeRole', { params: { name } })}
      consequence="Devices and accounts that have it lose what it allowed, at once: subscriptions that rest on it end."
    />
  )
}

function RoleForm({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [publish, setPublish] = useState('')
  const [subscribe, setSubscribe] = useState('')
  const [integrations, setIntegrations] = useState(false)
  const change = useChange('listRoles', 'audit')
  const save = async () => {
    const body = { description, publish: linesOf(publish), subscribe: linesOf(subscribe), integrations }
    if (await change.run(() => call('putRole', { params: { name: name.trim() }, body }))) onClose()
  }
  return (
    <EntryForm
      title="New role"
      action="Make the role"
      lacks={name.trim() === '' ? 'Enter a name.' : undefined}
      change={change}
      onSave={() => void save()}
      onClose={onClose}
    >
      <Field label="Name">
        {(control) => <Input {...control} value={name} onChange={setName} isMono autoFocus />}
      </Field>
      <Field label="What it is for" isOptional>
        {(control) => <Input {...control} value={description} onChange={setDescription} maxLength={200} />}
      </Field>
      <Field
        label="Publishes to"
        hint="Topic filters, one on each line, for example plant/{device}/+."
        isOptional
      >
        {(control) => <Textarea {...control} value={publish} onChange={setPublish} isMono />}
      </Field>
      <Field label="Subscribes to" hint="Topic filters, one on each line." isOptional>
        {(control) => <Textarea {...control} value={subscribe} onChange={setSubscribe} isMono />}
      </Field>
      <Checkbox
        label="Also topics of integrations that name {device}"
        isChecked={integrations}
        onChange={setIntegrations}
      />
    </EntryForm>
  )
}
