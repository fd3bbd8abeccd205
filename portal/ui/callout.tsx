// A sentence that should be noticed, with what can be done about it.
import type { ReactNode } from 'react'
import './callout.css'
import { Icon } from './icon.tsx'

const looks = {
  info: { tone: 'blue', icon: 'info' },
  good: { tone: 'green', icon: 'check' },
  warning: { tone: 'amber', icon: 'warning' },
  error: { tone: 'red', icon: 'cross' },
} as const

interface CalloutProps {
  kind: keyof typeof looks
  title?: ReactNode
  children?: ReactNode
  actions?: ReactNode
  /** Read out as soon as it appears. */
  isAnnounced?: boolean
}

export function Callout({ kind, title, children, actions, isAnnounced = false }: CalloutProps) {
  const { tone, icon } = looks[kind]
  const role = isAnnounced ? (kind === 'error' ? 'alert' : 'status') : undefined
  return (
    <div className={`callout tone-${tone}`} role={role}>
      <Icon name={icon} />
      <div className="callout-body">
        {title !== undefined && <strong>{title}</strong>}
        {children !== undefined && <div>{children}</div>}
        {actions !== undefined && <div className="callout-actions">{actions}</div>}
      </div>
    </div>
  )
}
