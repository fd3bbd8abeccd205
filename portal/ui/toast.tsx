// A short report of what has been done, for ten seconds, with a way to take it back where there is one.
import { createContext, useCallback, useContext, useMemo, useRef, useState, type ReactNode } from 'react'
import { Button, IconButton } from './button.tsx'
import './toast.css'

const shownMs = 10_000
const toastsMax = 4

interface Toast {
  id: number
  sentence: string
  undo: (() => void) | undefined
}

/** `undo` gets a button. What can be undone is to be done after `onGone`. */
export type Say = (sentence: string, options?: { undo?: () => void; onGone?: () => void }) => void

const ToastContext = createContext<Say>(() => undefined)

export function useToast(): Say {
  return useContext(ToastContext)
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([])
  const next = useRef(1)
  const gone = useRef(
    new Map<number, { timer: ReturnType<typeof setTimeout>; onGone: (() => void) | undefined }>(),
  )
  const remove = useCallback((id: number, isUndone: boolean) => {
    const entry = gone.current.get(id)
    if (entry === undefined) return
    gone.current.delete(id)
    clearTimeout(entry.timer)
    if (!isUndone) entry.onGone?.()
    setToasts((before) => before.filter((toast) => toast.id !== id))
  }, [])
  const say = useMemo<Say>(
    () =>
      (sentence, { undo, onGone } = {}) => {
        const id = next.current++
        gone.current.set(id, { timer: setTimeout(() => remove(id, false), shownMs), onGone })
        setToasts((before) => [...before.slice(1 - toastsMax), { id, sentence, undo }])
      },
    [remove],
  )
  return (
    <ToastContext value={say}>
      {children}
      <div className="toasts" role="status">
        {toasts.map(({ id, sentence, undo }) => (
          <div key={id} className="toast">
            <span>{sentence}</span>
            {undo !== undefined && (
              <Button
                size="small"
                onClick={() => {
                  remove(id, true)
                  undo()
                }}
              >
                Undo
              </Button>
            )}
            <IconButton
              kind="quiet"
              size="small"
              icon="cross"
              label="Dismiss"
              onClick={() => remove(id, false)}
            />
          </div>
        ))}
      </div>
    </ToastContext>
  )
}
