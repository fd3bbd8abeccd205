// A sentence that appears when something is pointed at or reached with the keyboard. Escape takes it away, and it
// lies above everything because the browser's popover layer holds it.
import { cloneElement, useEffect, useId, useRef, useState, type ReactElement, type ReactNode } from 'react'
import './tooltip.css'

const gap = 6
const edge = 8

interface TriggerProps {
  'aria-describedby'?: string | undefined
  'onMouseEnter'?: () => void
  'onMouseLeave'?: () => void
  'onFocus'?: () => void
  'onBlur'?: () => void
  'ref'?: (element: HTMLElement | null) => void
}

interface TooltipProps {
  text: ReactNode
  /** It only repeats the name of what it belongs to, so a screen reader needs no second mention. */
  isName?: boolean
  children: ReactElement<TriggerProps>
}

export function Tooltip({ text, isName = false, children }: TooltipProps) {
  const id = useId()
  const trigger = useRef<HTMLElement | null>(null)
  const bubble = useRef<HTMLSpanElement>(null)
  const [isShown, setShown] = useState(false)
  useEffect(() => {
    if (!isShown || bubble.current === null || trigger.current === null) return undefined
    bubble.current.showPopover()
    place(bubble.current, trigger.current)
    const hide = (event: Event) => {
      if (!(event instanceof KeyboardEvent) || event.key === 'Escape') setShown(false)
    }
    addEventListener('keydown', hide)
    addEventListener('scroll', hide, true)
    return () => {
      removeEventListener('keydown', hide)
      removeEventListener('scroll', hide, true)
    }
  }, [isShown])
  const show = (event: 'hover' | 'focus') => {
    // A press moves the focus too; the sentence belongs to those who come by keyboard.
    if (event === 'focus' && trigger.current?.matches(':focus-visible') === false) return
    setShown(true)
  }
  return (
    <span
      className="tooltip-anchor"
      ref={(element) => {
        trigger.current = element?.firstElementChild as HTMLElement | null
      }}
      onMouseEnter={() => show('hover')}
      onMouseLeave={() => setShown(false)}
      onFocus={() => show('focus')}
      onBlur={() => setShown(false)}
    >
      {isName ? children : cloneElement(children, { 'aria-describedby': id })}
      <span ref={bubble} id={id} role="tooltip" popover="manual" className="tooltip">
        {text}
      </span>
    </span>
  )
}

/** Below, or above where there is no room; within the window. */
function place(bubble: HTMLElement, trigger: HTMLElement): void {
  const at = trigger.getBoundingClientRect()
  const size = bubble.getBoundingClientRect()
  const left = Math.max(
    edge,
    Math.min(at.left + at.width / 2 - size.width / 2, innerWidth - size.width - edge),
  )
  const below = at.bottom + gap
  const top = below + size.height > innerHeight - edge ? at.top - size.height - gap : below
  bubble.style.left = `${left}px`
  bubble.style.top = `${top}px`
}

/** A word or number with its meaning: `<Definition of="Late readings are …">Late</Definition>`. */
export function Definition({ of, children }: { of: ReactNode; children: ReactNode }) {
  return (
    <Tooltip text={of}>
      <button type="button" className="definition">
        {children}
      </button>
    </Tooltip>
  )
}
