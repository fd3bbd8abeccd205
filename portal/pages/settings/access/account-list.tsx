// Accounts of applications: dashboards and back ends that read and write topics over MQTT.
import { useState } from 'react'
import { useChange } from '../../../data/change.ts'
import { call, type AnswerOf } from '../../../data/client.ts'
import { useOperation } from '../../../data/queries.ts'
import { Field } from '../../../ui/field.tsx'
import { Input, Textarea } from '../../../ui/input.tsx'
import { RelativeTime } from '../../../ui/relative-time.tsx'
import type { Column } from '../../../ui/table.tsx'
import { ShownOnce } from '../shown-once.tsx'
import { EntryForm, linesOf } from './entry-form.tsx'
import { Filters } from './filters.tsx'
import { ManagedList } from './managed-list.tsx'
import { RolePicker } from './role-picker.tsx'

type Account = AnswerOf<'listAccounts'>['items'][number]
type Made = { name: string; password: string | null }

const columns: Column<Account>[] = [
  { id: 'name', title: 'Name', cell: ({ name }) => <strong className="break">{name}</strong> },
  {
    id: 'roles',
    title: 'Roles',
    cell: ({ roles }) => (roles.length === 0 ? <span className="soft">none</span> : roles.join(', ')),
  },
  { id: 'publish', title: 'Publishes to', cell: ({ publish }) => <Filters of={publish} /> },
  { id: 'subscribe', title: 'Subscribes to', cell: ({ subscribe }) => <Filters of={subscribe} /> },
  { id: 'createdAt', title: 'Since', cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
]

export function AccountList() {
  const query = useOperation('listAccounts', {})
  const [made, setMade] = useState<Made>()
  return (
    <>
      <ManagedList
        noun="account"
        icon="user"
        about="Applications sign in over MQTT with a name and a password. They are no devices."
        emptyTitle="No application has an account"
        query={query}
        stale="listAccounts"
        columns={columns}
        nameOf={({ name }) => name}
        addLabel="New account"
        add={(close) => (
          <AccountForm
            onClose={close}
            onMade={(account) => {
              close()
              setMade(account)
            }}
          />
        )}
        remove={({ name }) => call('removeAccount', { params: { name } })}
        consequence="Its connections end at once, and its password is worth nothing from then on."
      />
      {made !== undefined && made.password !== null && (
        <ShownOnce
          title={`The account ${made.name}`}
          label="Password"
          secret={made.password}
          onClose={() => setMade(undefined)}
        >
          <p>
            It signs in over MQTT with the user name <code>{made.name}</code> and this password.
          </p>
        </ShownOnce>
      )}
    </>
  )
}

function AccountForm({ onMade, onClose }: { onMade: (made: Made) => void; onClose: () => void }) {
  const [name, setName] = useState('')
  const [roles, setRoles] = useState<string[]>([])
  const [publish, setPublish] = useState('')
  const [subscribe, setSubscribe] = useState('')
  const change = useChange('listAccounts', 'audit')
  const save = () =>
    change.run(async () => {
      const body = { name: name.trim(), roles, publish: linesOf(publish), subscribe: linesOf(subscribe) }
      onMade(await call('createAccount', { body }))
    })
  return (
    <EntryForm
      title="New account for an application"
      action="Make the account"
      lacks={name.trim() === '' ? 'Enter a name.' : undefined}
      change={change}
      onSave={() => void save()}
      onClose={onClose}
    >
      <Field label="Name" hint="The user name over MQTT. A password is made for it.">
        {(control) => <Input {...control} value={name} onChange={setName} isMono autoFocus />}
      </Field>
      <RolePicker chosen={roles} onChange={setRoles} />
      <Field label="Also publishes to" hint="Topic filters, one on each line." isOptional>
        {(control) => <Textarea {...control} value={publish} onChange={setPublish} isMono />}
      </Field>
      <Field label="Also subscribes to" hint="Topic filters, one on each line." isOptional>
        {(control) => <Textarea {...control} value={subscribe} onChange={setSubscribe} isMono />}
      </Field>
    </EntryForm>
  )
}
