// Who a user is and what they may do: for a new one, who gets an invitation, and for one who is there.
import { useState } from 'react'
import { call } from '../../data/client.ts'
import { useChange } from '../../data/change.ts'
import { fieldError } from '../../data/problem.ts'
import type { Role } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { RadioCards } from '../../ui/choice.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { Input } from '../../ui/input.tsx'
import type { Invited, User } from './users-section.tsx'

interface UserFormProps {
  user: User | undefined
  onDone: (made: Invited) => void
  onClose: () => void
}

const roles: readonly { value: Role; title: string; text: string }[] = [
  { value: 'viewer', title: 'Viewer', text: 'Sees devices, readings and integrations, and changes nothing.' },
  {
    value: 'operator',
    title: 'Operator',
    text: 'Also sets up integrations and devices, gives credentials and deletes readings.',
  },
  {
    value: 'administrator',
    title: 'Administrator',
    text: 'Does everything: users, keys and the audit log too.',
  },
]

export function UserForm({ user, onDone, onClose }: UserFormProps) {
  const [name, setName] = useState(user?.name ?? '')
  const [email, setEmail] = useState(user?.email ?? '')
  const [role, setRole] = useState<Role>(user?.role ?? 'viewer')
  const change = useChange('listUsers', 'audit', 'currentSession')
  const wrongEmail = fieldError(change.error, '/email')
  const lacks =
    name.trim() === ''
      ? 'Enter a name.'
      : /^\s*[^\s@]+@[^\s@]+\s*$/.test(email)
        ? undefined
        : 'Enter an e-mail address.'
  const save = () =>
    change.run(async () => {
      const body = { name: name.trim(), email, role }
      onDone(
        user === undefined
          ? await call('createUser', { body })
          : await call('changeUser', { params: { id: user.id }, body }),
      )
    })
  return (
    <Dialog title={user === undefined ? 'Invite somebody' : `Change ${user.name}`} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (lacks === undefined) void save()
        }}
      >
        <Field label="Name">
          {(control) => <Input {...control} value={name} onChange={setName} maxLength={100} autoFocus />}
        </Field>
        <Field
          label="E-mail address"
          hint="They sign in with it. Nothing is sent to it: you get a link to pass on."
          error={wrongEmail}
        >
          {(control) => <Input {...control} type="email" value={email} onChange={setEmail} />}
        </Field>
        <RadioCards legend="Role" value={role} cards={roles} onChange={setRole} />
        {user !== undefined && role !== user.role && (
          <p className="soft">With another role, {user.name} is signed out everywhere and signs in again.</p>
        )}
        {change.error !== undefined && wrongEmail === undefined && <ErrorState error={change.error} />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" lacks={lacks} isBusy={change.isBusy}>
            {user === undefined ? 'Make the invitation' : 'Save'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
