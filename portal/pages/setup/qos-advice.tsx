// The recommendation, with its reasons, from what was really seen; or how to get one.
import type { UseQueryResult } from '@tanstack/react-query'
import { Callout } from '../../ui/callout.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import type { Seen } from './draft.ts'
import { qosLevels } from './qos-levels.ts'
import type { Advice } from './use-advice.ts'

interface QosAdviceProps {
  advice: UseQueryResult<Advice>
  seen: Seen | undefined
  /** What would make it rest on more: a sentence. */
  more: string
}

export function QosAdvice({ advice, seen, more }: QosAdviceProps) {
  if (advice.error !== null) return <ErrorState error={advice.error} onRetry={() => void advice.refetch()} />
  if (advice.data === undefined) return null
  const { recommended, because, warnings } = advice.data
  const hasSeen = seen !== undefined && seen.messages > 0
  return (
    <div className="stack-s">
      <Callout
        kind="good"
        title={`Recommended: QoS ${recommended}, ${qosLevels[recommended].title.toLowerCase()}`}
      >
        {because.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        {!hasSeen && <p>No messages were seen yet, so this rests on nothing but the usual case. {more}</p>}
      </Callout>
      {warnings.map((sentence) => (
        <Callout key={sentence} kind="warning">
          {sentence}
        </Callout>
      ))}
    </div>
  )
}
