// A new password for who is signed in. All other sessions end with it.
import { useState } from 'react'
import { useChange } from '../../data/change.ts'
import { call } from '../../data/client.ts'
import { fieldError, problemOf } from '../../data/problem.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { PasswordInput } from '../../ui/input.tsx'
import { useToast } from '../../ui/toast.tsx'
import { NewPassword } from '../entry/new-password.tsx'
import { strengthOf } from '../entry/strength.ts'
import './profile.css'

export function PasswordForm() {
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const { isBusy, error, run } = useChange('listSessions')
  const say = useToast()
  const isWrong = error !== undefined && problemOf(error).code === 'PASSWORD_WRONG'
  const weak = fieldError(error, '/next')
  const lacks =
    current === ''
      ? 'Enter the password you have now.'
      : strengthOf(next).isEnough
        ? undefined
        : 'Choose a new password that is long enough and hard to guess.'
  const change = () =>
    run(async () => {
      await call('changePassword', { body: { current, next } })
      setCurrent('')
      setNext('')
      say('Your password is changed. You are signed out everywhere else.')
    })
  return (
    <section className="panel stack" aria-labelledby="profile-password">
      <h2 id="profile-password">Password</h2>
      <form
        className="stack profile-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (lacks === undefined) void change()
        }}
      >
        <Field label="Current password" error={isWrong ? 'This is not your current password.' : undefined}>
          {(control) => (
            <PasswordInput
              {...control}
              value={current}
              onChange={setCurrent}
              autoComplete="current-password"
            />
          )}
        </Field>
        <NewPassword label="New password" value={next} onChange={setNext} error={weak} />
        {error !== undefined && !isWrong && weak === undefined && <ErrorState error={error} />}
        <div>
          <Button type="submit" kind="primary" lacks={lacks} isBusy={isBusy}>
            Change the password
          </Button>
        </div>
      </form>
    </section>
  )
}
