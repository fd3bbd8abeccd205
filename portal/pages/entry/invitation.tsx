// Whoever was invited chooses a password here. The code is in the part of the address that browsers keep to themselves,
// and is taken out of it at once.
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import { call } from '../../data/client.ts'
import { fieldError, problemOf } from '../../data/problem.ts'
import { sessionQuery, type Session } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { Input } from '../../ui/input.tsx'
import { EntryFrame } from './entry-frame.tsx'
import { NewPassword } from './new-password.tsx'
import { strengthOf } from './strength.ts'
import { useEntering } from './use-entering.ts'

export function Invitation() {
  const [code, setCode] = useState(() => location.hash.slice(1))
  const [password, setPassword] = useState('')
  const [, navigate] = useLocation()
  const queries = useQueryClient()
  const { enter, error, isBusy } = useEntering()
  const signedIn = queries.getQueryData<Session | null>(sessionQuery.queryKey)
  useEffect(() => {
    if (location.hash !== '') history.replaceState(history.state, '', location.pathname)
  }, [])
  const [hadCode] = useState(code !== '')
  const weak = fieldError(error, '/password')
  const isWrong = error !== undefined && problemOf(error).code === 'INVITATION_WRONG'
  const lacks =
    code.trim() === ''
      ? 'Enter the code of the invitation.'
      : strengthOf(password).isEnough
        ? undefined
        : 'Choose a password that is long enough and hard to guess.'
  return (
    <EntryFrame title="You are invited" about="Choose a password, and you are in.">
      {signedIn !== undefined && signedIn !== null && (
        <Callout kind="warning" title={`${signedIn.name} is signed in in this browser.`}>
          With this invitation that session ends, and you are signed in instead.
        </Callout>
      )}
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (lacks !== undefined) return
          const body = { code: code.trim(), password }
          void enter(
            () => call('acceptInvitation', { body }),
            () => navigate('/', { replace: true }),
          )
        }}
      >
        {isWrong && (
          <Callout kind="error" title="This invitation is unknown, used already or too old." isAnnounced>
            Ask an administrator for a new one, or enter its code by hand.
          </Callout>
        )}
        {(isWrong || !hadCode) && (
          <Field label="Code of the invitation" hint="The part of the link after #.">
            {(control) => <Input {...control} isMono value={code} onChange={setCode} />}
          </Field>
        )}
        <NewPassword value={password} onChange={setPassword} error={weak} />
        {error !== undefined && !isWrong && weak === undefined && <ErrorState error={error} />}
        <Button type="submit" kind="primary" className="entry-submit" lacks={lacks} isBusy={isBusy}>
          Set the password and sign in
        </Button>
      </form>
    </EntryFrame>
  )
}
