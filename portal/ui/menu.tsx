// Actions behind a button: opened by press or arrow key, walked with arrow keys, left with Escape.
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { Button, IconButton } from './button.tsx'
import { Icon, type IconName } from './icon.tsx'
import './menu.css'

export interface MenuAction {
  label: string
  icon?: IconName
  onChoose: () => void
  isDanger?: boolean
  /** One of several that exclude each other is on. */
  isChosen?: boolean
  /** Why it can't be done now. */
  lacks?: string | undefined
}

interface MenuProps {
  label: string
  /** Shows the label; without it, an icon alone with the label as its name. */
  isLabelShown?: boolean
  icon: IconName
  note?: ReactNode
  /** undefined stands for a line between groups. */
  actions: readonly (MenuAction | undefined)[]
  isFromStart?: boolean
  kind?: 'plain' | 'quiet' | 'primary'
}

export function Menu({
  label,
  isLabelShown = false,
  icon,
  note,
  actions,
  isFromStart = false,
  kind = 'plain',
}: MenuProps) {
  const id = useId()
  const [isOpen, setOpen] = useState(false)
  const anchor = useRef<HTMLDivElement>(null)
  const items = () => [...(anchor.current?.querySelectorAll<HTMLElement>('.menu-item') ?? [])]
  useEffect(() => {
    if (isOpen) anchor.current?.querySelector<HTMLElement>('.menu-item')?.focus()
  }, [isOpen])
  const close = () => {
    setOpen(false)
    anchor.current?.querySelector<HTMLElement>('button')?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isOpen) {
      if (event.key === 'ArrowDown') setOpen(true)
      return
    }
    const all = items()
    const at = all.indexOf(document.activeElement as HTMLElement)
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key]
    if (next !== undefined) all[(next + all.length) % all.length]?.focus()
    else if (event.key === 'Escape') close()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const trigger = {
    'aria-haspopup': 'menu',
    'aria-expanded': isOpen,
    'aria-controls': isOpen ? id : undefined,
  } as const
  return (
    <div
      ref={anchor}
      className="menu-anchor"
      onKeyDown={onKeyDown}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false)
      }}
    >
      {isLabelShown ? (
        <Button {...trigger} kind={kind} icon={icon} onClick={() => setOpen(!isOpen)}>
          {label}
          <Icon name="chevron" size={12} />
        </Button>
      ) : (
        <IconButton {...trigger} kind={kind} icon={icon} label={label} onClick={() => setOpen(!isOpen)} />
      )}
      {isOpen && (
        <div id={id} className={isFromStart ? 'menu from-start' : 'menu'}>
          {note !== undefined && <div className="menu-note">{note}</div>}
          <div role="menu" aria-label={label}>
            {actions.map((action, index) => (
              <MenuRow key={index} action={action} close={close} />
            ))}
          </div>
        </div>
      )}
    </div>
  )
}

function MenuRow({ action, close }: { action: MenuAction | undefined; close: () => void }) {
  if (action === undefined) return <hr className="menu-divider" />
  const { label, icon, onChoose, isDanger = false, isChosen, lacks } = action
  return (
    <button
      type="button"
      role={isChosen === undefined ? 'menuitem' : 'menuitemradio'}
      aria-checked={isChosen}
      aria-disabled={lacks !== undefined || undefined}
      tabIndex={-1}
      className={isDanger ? 'menu-item danger' : 'menu-item'}
      onClick={() => {
        if (lacks !== undefined) return
        close()
        onChoose()
      }}
    >
      {icon !== undefined && <Icon name={icon} />}
      <span>
        {label}
        {lacks !== undefined && <span className="menu-item-reason">{lacks}</span>}
      </span>
      {isChosen === true && <Icon name="check" />}
    </button>
  )
}
