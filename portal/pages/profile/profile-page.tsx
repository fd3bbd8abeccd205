// What a person can do about themselves: the password, and the browsers in which they are signed in.
import { useSession } from '../../data/session.ts'
import { Callout } from '../../ui/callout.tsx'
import { KeyValues } from '../../ui/key-values.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Badge } from '../../ui/state.tsx'
import { PasswordForm } from './password-form.tsx'
import { SessionList } from './session-list.tsx'

const mayDo = {
  viewer: 'You may look at everything but users, keys and the audit log, and change nothing.',
  operator: 'You may also set up integrations and devices, give them credentials, and delete readings.',
  administrator: 'You may do everything, users and keys included.',
} as const

export function ProfilePage() {
  const { user, name, role, kind } = useSession()
  return (
    <>
      <PageHeader title="Your profile" about={role === null ? undefined : mayDo[role]} />
      <div className="stack-l">
        <section className="panel" aria-label="Who you are">
          <KeyValues
            items={[
              { name: 'Name', value: name },
              { name: 'E-mail address', value: user?.email ?? 'none' },
              { name: 'Role', value: <Badge tone="accent">{role ?? 'none'}</Badge> },
            ]}
          />
        </section>
        {kind === 'session' ? (
          <>
            <PasswordForm />
            <SessionList />
          </>
        ) : (
          <Callout kind="info" title="You came with a token.">
            Passwords and sessions belong to people who sign in with an e-mail address.
          </Callout>
        )}
      </div>
    </>
  )
}
