// The first run of a hub: whoever can read its terminal makes the first administrator. A hub that was started with
// --new-setup-code asks the same of one who has lost the password.
import { useState } from 'react'
import { useLocation } from 'wouter'
import { call } from '../../data/client.ts'
import { fieldError, problemOf } from '../../data/problem.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { Input } from '../../ui/input.tsx'
import { EntryFrame } from './entry-frame.tsx'
import { NewPassword } from './new-password.tsx'
import { charactersMin, strengthOf } from './strength.ts'
import { useEntering } from './use-entering.ts'

const codeLength = 12

interface Person {
  code: string
  name: string
  email: string
  password: string
}

export function FirstRun({ isFirst }: { isFirst: boolean }) {
  const [person, setPerson] = useState<Person>({ code: '', name: '', email: '', password: '' })
  const [, navigate] = useLocation()
  const { enter, error, isBusy } = useEntering()
  const lacks = lackOf(person)
  const isOfField = ['/email', '/password'].some((pointer) => fieldError(error, pointer) !== undefined)
  const isOther = error !== undefined && !isCodeWrong(error) && !isOfField
  const submit = () => {
    const body = { ...person, name: person.name.trim() }
    void enter(
      () => call('setup', { body }),
      () => navigate(isFirst ? '/welcome' : '/', { replace: true }),
    )
  }
  return (
    <EntryFrame
      title={isFirst ? 'Welcome to Ackstone' : 'A new administrator’s password'}
      about={
        isFirst
          ? 'Nobody has set this hub up yet. Make the first administrator: that is you.'
          : 'This hub was started with a new setup code. With the e-mail address you had, you get your place back.'
      }
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (lacks === undefined) submit()
        }}
      >
        <PersonFields person={person} onChange={setPerson} error={error} />
        {isOther && <ErrorState error={error} />}
        <Button type="submit" kind="primary" className="entry-submit" lacks={lacks} isBusy={isBusy}>
          Create administrator
        </Button>
      </form>
    </EntryFrame>
  )
}

function isCodeWrong(error: unknown): boolean {
  return error !== undefined && problemOf(error).code === 'SETUP_CODE_WRONG'
}

interface PersonFieldsProps {
  person: Person
  onChange: (person: Person) => void
  error: unknown
}

function PersonFields({ person, onChange, error }: PersonFieldsProps) {
  const { code, name, email, password } = person
  const set = (member: keyof Person) => (value: string) => onChange({ ...person, [member]: value })
  return (
    <>
      <Field
        label="Setup code"
        hint="It is printed in the terminal, or in the log, where the hub was started: the line that begins with Setup."
        error={
          isCodeWrong(error)
            ? 'This is not the setup code. A hub that was started again has a new one.'
            : undefined
        }
      >
        {(control) => (
          <Input
            {...control}
            className="entry-code"
            isMono
            placeholder="XXXX-XXXX-XXXX"
            value={code}
            onChange={set('code')}
            maxLength={20}
            autoFocus
            autoCapitalize="characters"
          />
        )}
      </Field>
      <Field label="Your name">
        {(control) => (
          <Input {...control} value={name} onChange={set('name')} maxLength={100} autoComplete="name" />
        )}
      </Field>
      <Field
        label="E-mail address"
        hint="You sign in with it. Nothing is ever sent to it."
        error={fieldError(error, '/email')}
      >
        {(control) => (
          <Input
            {...control}
            type="email"
            value={email}
            onChange={set('email')}
            autoComplete="username"
            inputMode="email"
          />
        )}
      </Field>
      <NewPassword value={password} onChange={set('password')} error={fieldError(error, '/password')} />
    </>
  )
}

/** What is still missing, as a sentence. */
function lackOf({ code, name, email, password }: Person): string | undefined {
  if (code.replace(/[^0-9a-z]/gi, '').length < codeLength)
    return 'Enter the setup code, 12 letters and digits.'
  if (name.trim() === '') return 'Enter your name.'
  if (!/^\s*[^\s@]+@[^\s@]+\s*$/.test(email)) return 'Enter your e-mail address.'
  const { isEnough } = strengthOf(password)
  if ([...password].length < charactersMin) return `Choose a password of ${charactersMin} characters or more.`
  return isEnough ? undefined : 'Choose a password that is harder to guess.'
}
