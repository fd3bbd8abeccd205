// The question before something that can't be taken back: the name has to be typed, and what will be gone is said.
import { useState, type ReactNode } from 'react'
import { useChange } from '../data/change.ts'
import { Button } from './button.tsx'
import { Dialog, DialogActions } from './dialog.tsx'
import { ErrorState } from './error-state.tsx'
import { Field } from './field.tsx'
import { Input } from './input.tsx'

interface ConfirmProps {
  title: string
  /** What will be gone, in full sentences. */
  children: ReactNode
  name: string
  /** What the name is of: "device", "integration". */
  noun: string
  action: string
  onConfirm: () => Promise<unknown>
  onClose: () => void
}

export function ConfirmByName({ title, children, name, noun, action, onConfirm, onClose }: ConfirmProps) {
  const [typed, setTyped] = useState('')
  const change = useChange()
  const lacks = typed === name ? undefined : `Type the name of the ${noun} first.`
  const confirm = async () => {
    if (await change.run(onConfirm)) onClose()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (lacks === undefined) void confirm()
        }}
      >
        <div>{children}</div>
        <Field
          label={
            <>
              Type <code className="break">{name}</code> to confirm
            </>
          }
        >
          {(control) => <Input {...control} value={typed} onChange={setTyped} isMono autoFocus />}
        </Field>
        {change.error !== undefined && <ErrorState error={change.error} />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="danger" icon="trash" lacks={lacks} isBusy={change.isBusy}>
            {action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
