// The questions before a secret is replaced or a credential revoked: both end connections at once.
import type { ReactNode } from 'react'
import { useChange } from '../../data/change.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmByName } from '../../ui/confirm-by-name.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import type { Credential } from './credentials-tab.tsx'

interface RotateProps {
  credential: Credential
  onConfirm: () => Promise<void>
  onClose: () => void
}

export function RotateCredential({ credential, onConfirm, onClose }: RotateProps) {
  const { isBusy, error, run } = useChange()
  return (
    <Dialog title={`Replace the ${credential.kind}?`} onClose={onClose}>
      <div className="stack">
        <p>
          A new {credential.kind} is made and shown once. The old one is worth nothing from then on, and
          connections that were made with it end. The device is away until it has the new one.
        </p>
        {error !== undefined && <ErrorState error={error} />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" isBusy={isBusy} onClick={() => void run(onConfirm)}>
            Replace
          </Button>
        </DialogActions>
      </div>
    </Dialog>
  )
}

interface RevokeProps {
  device: string
  onConfirm: () => Promise<void>
  onClose: () => void
  children?: ReactNode
}

export function RevokeCredential({ device, onConfirm, onClose }: RevokeProps) {
  return (
    <ConfirmByName
      title="Revoke this credential?"
      name={device}
      noun="device"
      action="Revoke"
      onConfirm={onConfirm}
      onClose={onClose}
    >
      The device can’t log in with it any more, and connections that were made with it end at once. What it
      has stored stays.
    </ConfirmByName>
  )
}
