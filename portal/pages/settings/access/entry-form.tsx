// The frame of the dialogs that add something to MQTT access: fields, what the hub found wrong, two buttons.
import type { ReactNode } from 'react'
import type { Change } from '../../../data/change.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog, DialogActions } from '../../../ui/dialog.tsx'
import { ErrorState } from '../../../ui/error-state.tsx'

interface EntryFormProps {
  title: string
  action: string
  lacks: string | undefined
  change: Change
  onSave: () => void
  onClose: () => void
  children: ReactNode
}

export function EntryForm({ title, action, lacks, change, onSave, onClose, children }: EntryFormProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (lacks === undefined) onSave()
        }}
      >
        {children}
        {change.error !== undefined && <ErrorState error={change.error} />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" lacks={lacks} isBusy={change.isBusy}>
            {action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}

/** Filters as people write them: one on each line. */
export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
