// Gives a device something to log in with; also used where a device is entered for the first time.
import { useState, type ReactNode } from 'react'
import { useChange } from '../../data/change.ts'
import { call, type AnswerOf } from '../../data/client.ts'
import { fieldError } from '../../data/problem.ts'
import { Button } from '../../ui/button.tsx'
import { RadioCards, type Card } from '../../ui/choice.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { Input } from '../../ui/input.tsx'

type Kind = 'token' | 'password' | 'certificate'

const cards: readonly Card<Kind>[] = [
  {
    value: 'token',
    title: 'Token',
    text: 'A long random text, made here. The device sends it as its username, without a password.',
  },
  { value: 'password', title: 'Username and password', text: 'For devices that can’t send a long token.' },
  {
    value: 'certificate',
    title: 'Certificate',
    text: 'The device proves itself with a key that never leaves it.',
  },
]

interface AddCredentialProps {
  /** undefined: its identifier is asked for. */
  device: string | undefined
  onDone: (made: AnswerOf<'createCredential'>, device: string) => void | Promise<void>
  onClose: () => void
  title?: string
  children?: ReactNode
}

export function AddCredential({
  device,
  onDone,
  onClose,
  title = 'Create a credential',
  children,
}: AddCredentialProps) {
  const [id, setId] = useState(device ?? '')
  const [kind, setKind] = useState<Kind>('token')
  const [username, setUsername] = useState('')
  const [commonName, setCommonName] = useState('')
  const { isBusy, error, run } = useChange()
  const body = {
    token: { kind: 'token' },
    password: { kind: 'password', ...(username !== '' && { username }) },
    certificate: { kind: 'certificate', commonName },
  } as const
  const lacks = id === '' ? 'Enter an identifier first.' : undefined
  const create = () =>
    run(async () => {
      await onDone(await call('createCredential', { params: { device: id }, body: body[kind] }), id)
    })
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (lacks === undefined) void create()
        }}
      >
        {children}
        {device === undefined && (
          <Field
            label="Device identifier"
            hint="What the device is called: letters, digits and dashes are easiest."
            error={fieldError(error, '/device')}
          >
            {(control) => (
              <Input {...control} value={id} onChange={setId} isMono autoFocus placeholder="d1" />
            )}
          </Field>
        )}
        <RadioCards legend="How it logs in" value={kind} cards={cards} onChange={setKind} />
        {kind === 'password' && (
          <Field
            label="Username"
            isOptional
            hint="The identifier of the device unless told."
            error={fieldError(error, '/username')}
          >
            {(control) => <Input {...control} value={username} onChange={setUsername} isMono />}
          </Field>
        )}
        {kind === 'certificate' && (
          <Field
            label="Common name"
            hint="The CN in the subject of its certificate, signed by the authority that the hub trusts."
            error={fieldError(error, '/commonName')}
          >
            {(control) => <Input {...control} value={commonName} onChange={setCommonName} isMono />}
          </Field>
        )}
        {error !== undefined && <ErrorState error={error} />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" lacks={lacks} isBusy={isBusy}>
            Create
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
