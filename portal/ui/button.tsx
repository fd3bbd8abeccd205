// Buttons. One that can't be used now stays in reach of the keyboard and says why; one that is at work says so.
import type { ButtonHTMLAttributes, ReactNode } from 'react'
import './button.css'
import { Icon, type IconName } from './icon.tsx'
import { Tooltip } from './tooltip.tsx'

type Native = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled' | 'children'>

export interface ButtonProps extends Native {
  children?: ReactNode
  kind?: 'plain' | 'primary' | 'quiet' | 'danger'
  size?: 'small' | 'medium'
  icon?: IconName | undefined
  /** Why it can't be pressed now: a full sentence. undefined: it can. */
  lacks?: string | undefined
  /** It was pressed and the answer is not there yet. */
  isBusy?: boolean
}

export function Button({
  kind = 'plain',
  size = 'medium',
  icon,
  lacks,
  isBusy = false,
  ...rest
}: ButtonProps) {
  const { children, className = '', onClick, type = 'button', ...native } = rest
  const isOff = lacks !== undefined || isBusy
  const button = (
    <button
      {...native}
      type={type === 'submit' ? 'submit' : 'button'}
      className={`button ${kind} ${size} ${className}`}
      aria-disabled={isOff || undefined}
      aria-busy={isBusy || undefined}
      onClick={(event) => {
        if (isOff) event.preventDefault()
        else onClick?.(event)
      }}
    >
      {icon !== undefined && <Icon name={isBusy ? 'waiting' : icon} />}
      {children}
    </button>
  )
  return lacks === undefined ? button : <Tooltip text={lacks}>{button}</Tooltip>
}

export interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon'> {
  icon: IconName
  /** Its name, shown when pointed at. */
  label: string
}

export function IconButton({
  label,
  icon,
  size = 'medium',
  className = '',
  lacks,
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip text={lacks ?? label} isName={lacks === undefined}>
      <Button {...rest} aria-label={label} size={size} className={`only-icon ${className}`}>
        <Icon name={icon} />
      </Button>
    </Tooltip>
  )
}
