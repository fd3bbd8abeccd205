// A secret that was just made. It is shown this once: whoever closes this without copying it has to make another.
import type { ReactNode } from 'react'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'

interface ShownOnceProps {
  title: string
  /** What it is: "API key". */
  label: string
  secret: string
  children?: ReactNode
  onClose: () => void
}

export function ShownOnce({ title, label, secret, children, onClose }: ShownOnceProps) {
  return (
    <Dialog title={title} onClose={onClose} isSticky isWide>
      <div className="stack">
        <Callout kind="warning" title="This is shown once.">
          Copy it now. The hub keeps only what verifies it.
        </Callout>
        <CodeBlock label={label} text={secret} isWrapped />
        {children}
        <DialogActions>
          <Button kind="primary" onClick={onClose}>
            I have copied it
          </Button>
        </DialogActions>
      </div>
    </Dialog>
  )
}
