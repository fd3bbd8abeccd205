// received → decoded → stored → acknowledged, each with its time. What has not happened says so.
import { duration } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { clockTime } from './traffic-columns.tsx'
import type { Trace } from './trace-dialog.tsx'

interface Stop {
  name: string
  /** From the receipt; null: it did not happen, and won't. undefined: not yet. */
  ms: number | null | undefined
  note: string
}

export function Timeline({ trace }: { trace: Trace }) {
  return (
    <ol className="timeline" aria-label="The way of the message">
      {stopsOf(trace).map(({ name, ms, note }, index) => {
        const isDone = typeof ms === 'number'
        return (
          <li key={name} className={isDone ? 'timeline-stop is-done' : 'timeline-stop'}>
            <Icon name={isDone ? 'check' : ms === null ? 'minus' : 'waiting'} size={14} />
            <strong>{name}</strong>
            <span className="mono">
              {index === 0
                ? clockTime(trace.at)
                : isDone
                  ? `+${duration(ms)}`
                  : ms === null
                    ? '–'
                    : 'not yet'}
            </span>
            <span className="soft small">{note}</span>
          </li>
        )
      })}
    </ol>
  )
}

function stopsOf({ outcome, ms, qos, effectiveQos, batch, readings }: Trace): Stop[] {
  const isWaiting = outcome === 'waiting'
  const never = isWaiting ? undefined : null
  const isKept = outcome === 'rejected'
  const answer = qos === 1 ? 'PUBACK' : 'PUBREC'
  return [
    { name: 'Received', ms: 0, note: `published at QoS ${qos}` },
    {
      name: 'Decoded',
      ms: ms.decoded ?? never,
      note: isKept
        ? 'could not be read'
        : outcome === 'notWanted'
          ? 'no integration takes it'
          : `${readings} readings`,
    },
    {
      name: isKept ? 'Kept as rejected' : 'Stored',
      ms: ms.stored ?? never,
      note:
        batch === null ? (isWaiting ? 'waits for the commit' : 'nothing of it') : `commit ${batch.number}`,
    },
    {
      name: 'Acknowledged',
      ms: ms.acknowledged ?? never,
      note:
        qos === 0
          ? 'QoS 0 has no answer'
          : effectiveQos === 0 && ms.acknowledged !== null
            ? `${answer} at once: nobody asked for it to be stored first`
            : `${answer} after the commit`,
    },
  ]
}
