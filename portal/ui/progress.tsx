// How far something is, with words for what is done and what remains.
import type { ReactNode } from 'react'
import './callout.css'

interface ProgressProps {
  label: string
  /** From 0 to 1; undefined while the end is not known. */
  value: number | undefined
  children?: ReactNode
}

export function Progress({ label, value, children }: ProgressProps) {
  const percent = value === undefined ? undefined : Math.round(Math.max(0, Math.min(1, value)) * 100)
  return (
    <div className="progress">
      <div
        className={percent === undefined ? 'progress-track is-open' : 'progress-track'}
        role="progressbar"
        aria-label={label}
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <div style={percent === undefined ? undefined : { width: `${percent}%` }} />
      </div>
      {children !== undefined && <div className="soft small">{children}</div>}
    </div>
  )
}
