// One number with its name and its meaning, which the keyboard reaches.
import type { ReactNode } from 'react'
import { Definition } from '../../ui/tooltip.tsx'
import './delivery.css'

interface FigureProps {
  name: string
  /** What it counts, in full sentences. */
  meaning: string
  children: ReactNode
  note?: ReactNode
}

export function Figure({ name, meaning, children, note }: FigureProps) {
  return (
    <div className="figure">
      <dt>
        <Definition of={meaning}>{name}</Definition>
      </dt>
      <dd>
        <strong className="mono figure-value">{children}</strong>
        {note !== undefined && <span className="soft small">{note}</span>}
      </dd>
    </div>
  )
}
