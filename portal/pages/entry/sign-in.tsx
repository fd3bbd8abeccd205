// Signing in, and signing in again after a session has ended: one comes back to where one was.
import { useState } from 'react'
import { Link } from 'wouter'
import { call } from '../../data/client.ts'
import { problemOf } from '../../data/problem.ts'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { Input, PasswordInput } from '../../ui/input.tsx'
import { EntryFrame } from './entry-frame.tsx'
import { useEntering } from './use-entering.ts'

interface SignInProps {
  hasEnded: boolean
  /** The hub takes a setup code, from somebody who has lost the password. */
  isSetupOpen: boolean
}

export function SignIn({ hasEnded, isSetupOpen }: SignInProps) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const { enter, error, isBusy } = useEntering()
  const isWrong = error !== undefined && problemOf(error).code === 'LOGIN_WRONG'
  const lacks =
    email.trim() === '' || password === '' ? 'Enter your e-mail address and your password.' : undefined
  return (
    <EntryFrame title="Sign in">
      {hasEnded && error === undefined && (
        <Callout kind="info" title="Your session has ended." isAnnounced>
          Sign in again; you come back to where you were.
        </Callout>
      )}
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (lacks === undefined) void enter(() => call('signIn', { body: { email, password } }))
        }}
      >
        <Field label="E-mail address">
          {(control) => (
            <Input
              {...control}
              type="email"
              value={email}
              onChange={setEmail}
              autoComplete="username"
              inputMode="email"
              autoFocus
            />
          )}
        </Field>
        <Field label="Password">
          {(control) => (
            <PasswordInput
              {...control}
              value={password}
              onChange={setPassword}
              autoComplete="current-password"
            />
          )}
        </Field>
        {isWrong && (
          <Callout
            kind="error"
            title="The e-mail address and the password do not belong together."
            isAnnounced
          >
            Check both and try again. If you have forgotten the password, an administrator can give you a link
            to set a new one.
          </Callout>
        )}
        {error !== undefined && !isWrong && <ErrorState error={error} />}
        <Button type="submit" kind="primary" className="entry-submit" lacks={lacks} isBusy={isBusy}>
          Sign in
        </Button>
      </form>
      {isSetupOpen && (
        <p className="soft small">
          This hub was started with a new setup code. <Link href="/setup">Use it to set a new password.</Link>
        </p>
      )}
    </EntryFrame>
  )
}
