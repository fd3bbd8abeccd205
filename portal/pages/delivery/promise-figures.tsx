// The promise in figures, with what each of them means.
import type { StatsEvent } from '../../data/live.ts'
import { count } from '../../ui/format.ts'
import { Figure } from './figure.tsx'

const meanings = {
  acknowledged:
    'Answers to messages at QoS 1 and 2 that left for their publishers, counted where they leave.',
  stored: 'Messages at QoS 1 and 2 whose commit has resolved, counted where commits are made.',
  unanswered:
    'Messages that are stored, but whose connection ended before the answer could leave. Their publishers send them ' +
    'again, and they meet their own rows.',
  difference:
    'Acknowledged and unanswered, less stored. It is 0 when nothing is under way. More than 0 would mean that an answer ' +
    'left without a commit behind it.',
} as const

interface PromiseFiguresProps {
  /** undefined while nothing has been heard. */
  promise: StatsEvent['promise'] | undefined
  hasUnanswered?: boolean
}

export function PromiseFigures({ promise, hasUnanswered = false }: PromiseFiguresProps) {
  const shown = (value: number | undefined) => (value === undefined ? '–' : count(value))
  return (
    <dl className="figures">
      <Figure name="Acknowledged" meaning={meanings.acknowledged}>
        {shown(promise?.acknowledged)}
      </Figure>
      <Figure name="Stored" meaning={meanings.stored}>
        {shown(promise?.stored)}
      </Figure>
      {hasUnanswered && (
        <Figure name="Unanswered" meaning={meanings.unanswered}>
          {shown(promise?.unanswered)}
        </Figure>
      )}
      <Figure name="Difference" meaning={meanings.difference}>
        {shown(promise?.difference)}
      </Figure>
    </dl>
  )
}
