// What became of a message, or how something is: symbol, word and colour together, never colour alone.
import type { ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'
import './state.css'

export type Tone = 'green' | 'amber' | 'blue' | 'violet' | 'red' | 'orange' | 'grey'

const states = {
  stored: { tone: 'green', icon: 'check', word: 'Stored' },
  connected: { tone: 'green', icon: 'check', word: 'Connected' },
  waiting: { tone: 'amber', icon: 'waiting', word: 'Waiting' },
  duplicate: { tone: 'blue', icon: 'duplicate', word: 'Duplicate' },
  late: { tone: 'violet', icon: 'late', word: 'Late' },
  error: { tone: 'red', icon: 'cross', word: 'Error' },
  rejected: { tone: 'red', icon: 'cross', word: 'Rejected' },
  shed: { tone: 'orange', icon: 'lost', word: 'Shed' },
  lost: { tone: 'orange', icon: 'lost', word: 'Lost?' },
  warning: { tone: 'amber', icon: 'warning', word: 'Warning' },
  notWanted: { tone: 'grey', icon: 'right', word: 'Not wanted' },
  offline: { tone: 'grey', icon: 'waiting', word: 'Not connected' },
  paused: { tone: 'grey', icon: 'pause', word: 'Paused' },
} as const satisfies Record<string, { tone: Tone; icon: IconName; word: string }>

export type StateName = keyof typeof states

/** `children` says it more exactly than the usual word. */
export function State({ of, children }: { of: StateName; children?: ReactNode }) {
  const { tone, icon, word } = states[of]
  return (
    <span className={`state tone-${tone}`}>
      <Icon name={icon} size={12} />
      {children ?? word}
    </span>
  )
}

/** A short word beside something: "recommended", "QoS 1". */
export function Badge({ tone, children }: { tone?: Tone | 'accent'; children: ReactNode }) {
  const look = tone === undefined ? '' : tone === 'accent' ? 'accent' : `tone-${tone}`
  return <span className={`badge ${look}`}>{children}</span>
}
