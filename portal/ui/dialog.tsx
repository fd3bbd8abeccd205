// A question before everything else: the browser's own <dialog>, which keeps the focus inside and gives it back.
import { useEffect, useId, useRef, type ReactNode } from 'react'
import { IconButton } from './button.tsx'
import './dialog.css'

interface DialogProps {
  title: ReactNode
  onClose: () => void
  isWide?: boolean
  /** It holds something that is shown once: a click beside it does not close it. */
  isSticky?: boolean
  children: ReactNode
}

/** Open for as long as it is rendered. */
export function Dialog({ title, onClose, isWide = false, isSticky = false, children }: DialogProps) {
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const element = dialog.current
    if (element === null) return undefined
    if (!element.open) element.showModal()
    return () => element.close()
  }, [])
  return (
    <dialog
      ref={dialog}
      className={isWide ? 'dialog wide' : 'dialog'}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onMouseDown={(event) => {
        if (!isSticky && event.target === dialog.current) onClose()
      }}
    >
      <div className="dialog-head">
        <h2 id={id}>{title}</h2>
        <IconButton kind="quiet" icon="cross" label="Close" onClick={onClose} />
      </div>
      <div className="dialog-body">{children}</div>
    </dialog>
  )
}

/** The buttons at the end of a dialog, what goes on last. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="dialog-actions">{children}</div>
}
