// People who sign in: who there is, a new one by invitation, another role, a lost password, the end.
import { useState } from 'react'
import { call, type AnswerOf } from '../../data/client.ts'
import { useChange } from '../../data/change.ts'
import { useOperation } from '../../data/queries.ts'
import { useSession } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmByName } from '../../ui/confirm-by-name.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Menu } from '../../ui/menu.tsx'
import { OptionalTime } from '../../ui/optional-time.tsx'
import { useNow } from '../../ui/relative-time.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Badge, State } from '../../ui/state.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { useToast } from '../../ui/toast.tsx'
import { ShownOnce } from './shown-once.tsx'
import { UserForm } from './user-form.tsx'

export type User = AnswerOf<'listUsers'>['items'][number]
export type Invited = AnswerOf<'createUser'>

type Opened = { kind: 'new' } | { kind: 'edit' | 'remove'; user: User } | { kind: 'invited'; made: Invited }

export function UsersSection() {
  const users = useOperation('listUsers', {})
  const { user: me } = useSession()
  const [opened, setOpened] = useState<Opened>()
  const change = useChange('listUsers', 'audit')
  const say = useToast()
  const close = () => setOpened(undefined)
  const finished = (made: Invited, sentence: string) => {
    if (made.invitation === null) {
      close()
      say(sentence)
    } else setOpened({ kind: 'invited', made })
  }
  const update = (user: User, body: { isEnabled?: boolean; invite?: true }, sentence: string) =>
    change.run(async () => finished(await call('changeUser', { params: { id: user.id }, body }), sentence))
  const columns = columnsFor(me?.id, {
    edit: (user) => setOpened({ kind: 'edit', user }),
    remove: (user) => setOpened({ kind: 'remove', user }),
    update: (user, body, sentence) => void update(user, body, sentence),
  })
  return (
    <div className="stack">
      <div className="settings-actions">
        <Button kind="primary" icon="plus" onClick={() => setOpened({ kind: 'new' })}>
          Invite somebody
        </Button>
      </div>
      {change.error !== undefined && <ErrorState error={change.error} />}
      {users.isPending && <Skeleton label="The list of users" lines={3} />}
      {users.error !== null && <ErrorState error={users.error} onRetry={() => void users.refetch()} />}
      {users.data !== undefined && (
        <Table caption="Users" columns={columns} rows={users.data.items} keyOf={({ id }) => id} />
      )}
      {(opened?.kind === 'new' || opened?.kind === 'edit') && (
        <UserForm
          user={opened.kind === 'edit' ? opened.user : undefined}
          onClose={close}
          onDone={(made) => finished(made, `${made.user.name} is changed.`)}
        />
      )}
      {opened?.kind === 'invited' && <InvitationLink made={opened.made} onClose={close} />}
      {opened?.kind === 'remove' && (
        <RemoveUser
          user={opened.user}
          onClose={close}
          onConfirm={async () => {
            const { id, name } = opened.user
            await call('removeUser', { params: { id } })
            await change.run(async () => undefined)
            say(`${name} is removed and signed out.`)
          }}
        />
      )}
    </div>
  )
}

interface Actions {
  edit: (user: User) => void
  remove: (user: User) => void
  update: (user: User, body: { isEnabled?: boolean; invite?: true }, sentence: string) => void
}

function columnsFor(me: string | undefined, actions: Actions): Column<User>[] {
  return [
    {
      id: 'name',
      title: 'Name',
      cell: ({ id, name, email }) => (
        <span className="stack-s">
          <span className="row">
            <strong>{name}</strong>
            {id === me && <Badge tone="accent">you</Badge>}
          </span>
          <span className="soft small break">{email}</span>
        </span>
      ),
    },
    { id: 'role', title: 'Role', cell: ({ role }) => role },
    { id: 'state', title: 'State', cell: (user) => <UserState user={user} /> },
    { id: 'lastSeenAt', title: 'Last signed in', cell: ({ lastSeenAt }) => <OptionalTime at={lastSeenAt} /> },
    {
      id: 'actions',
      title: <span className="hidden-visually">Actions</span>,
      cell: (user) => <UserMenu user={user} actions={actions} />,
    },
  ]
}

function UserMenu({ user, actions: { edit, remove, update } }: { user: User; actions: Actions }) {
  const { name, hasPassword, isEnabled } = user
  return (
    <Menu
      label={`Actions for ${name}`}
      icon="more"
      kind="quiet"
      actions={[
        { label: 'Change…', icon: 'settings', onChoose: () => edit(user) },
        {
          label: hasPassword ? 'Link to set a new password' : 'New invitation',
          icon: 'link',
          onChoose: () => update(user, { invite: true }, ''),
        },
        {
          label: isEnabled ? 'Shut out' : 'Let in again',
          icon: isEnabled ? 'pause' : 'play',
          onChoose: () =>
            update(
              user,
              { isEnabled: !isEnabled },
              isEnabled ? `${name} is shut out and signed out.` : `${name} may sign in again.`,
            ),
        },
        { label: 'Remove…', icon: 'trash', onChoose: () => remove(user) },
      ]}
    />
  )
}

interface RemoveUserProps {
  user: User
  onConfirm: () => Promise<void>
  onClose: () => void
}

function RemoveUser({ user: { name, email }, onConfirm, onClose }: RemoveUserProps) {
  return (
    <ConfirmByName
      title={`Remove ${name}`}
      name={email}
      noun="user"
      action="Remove the user"
      onClose={onClose}
      onConfirm={onConfirm}
    >
      {name} is signed out at once and can’t sign in any more. What they have set up stays, and so do their
      entries in the audit log.
    </ConfirmByName>
  )
}

function UserState({ user: { isEnabled, hasPassword, invitedUntil } }: { user: User }) {
  const nowMs = useNow()
  if (!isEnabled) return <State of="paused">Shut out</State>
  if (hasPassword) return <State of="connected">Active</State>
  const isOver = invitedUntil === null || Date.parse(invitedUntil) < nowMs
  return isOver ? <State of="warning">Invitation too old</State> : <State of="waiting">Invited</State>
}

function InvitationLink({ made: { user, invitation }, onClose }: { made: Invited; onClose: () => void }) {
  if (invitation === null) return null
  const link = `${location.origin}/invitation#${invitation.code}`
  return (
    <ShownOnce title={`A link for ${user.name}`} label="Link" secret={link} onClose={onClose}>
      <p>
        Send it to {user.name} in a way that only they can read. It works once, for seven days: they choose a
        password and are signed in as {user.role}.
      </p>
    </ShownOnce>
  )
}
