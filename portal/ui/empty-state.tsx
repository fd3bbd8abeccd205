// Nothing is here yet: why, and what brings something here.
import type { ReactNode } from 'react'
import './callout.css'
import { Icon, type IconName } from './icon.tsx'

interface EmptyStateProps {
  icon: IconName
  title: string
  /** Full sentences. */
  children: ReactNode
  actions?: ReactNode
}

export function EmptyState({ icon, title, children, actions }: EmptyStateProps) {
  return (
    <div className="empty">
      <Icon name={icon} size={28} />
      <h2>{title}</h2>
      <div className="empty-text">{children}</div>
      {actions !== undefined && <div className="row">{actions}</div>}
    </div>
  )
}
