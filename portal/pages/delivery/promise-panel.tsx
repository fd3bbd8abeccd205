// The promise, explained and in figures: what was acknowledged, what is stored, and that there is no difference.
import { useState } from 'react'
import { useLive, type StatsEvent } from '../../data/live.ts'
import { Callout } from '../../ui/callout.tsx'
import { count } from '../../ui/format.ts'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Figure } from './figure.tsx'

export const meanings = {
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

export function PromisePanel() {
  const [promise, setPromise] = useState<StatsEvent['promise']>()
  useLive('stats', (events) => setPromise(events.at(-1)?.promise))
  const shown = (value: number | undefined) => (value === undefined ? '–' : count(value))
  return (
    <section className="panel stack" aria-labelledby="promise">
      <h2 id="promise">The promise</h2>
      <p className="delivery-text">
        At QoS 1 and 2 the publisher gets its answer only after the reading is stored. Two parts of the hub
        count this, and know nothing of each other: one where commits resolve, one where answers leave.
      </p>
      <dl className="figures">
        <Figure name="Acknowledged" meaning={meanings.acknowledged}>
          {shown(promise?.acknowledged)}
        </Figure>
        <Figure name="Stored" meaning={meanings.stored}>
          {shown(promise?.stored)}
        </Figure>
        <Figure name="Unanswered" meaning={meanings.unanswered}>
          {shown(promise?.unanswered)}
        </Figure>
        <Figure name="Difference" meaning={meanings.difference}>
          {shown(promise?.difference)}
        </Figure>
      </dl>
      {promise !== undefined && promise.difference > 0 && (
        <Callout kind="error" title="More was acknowledged than is stored.">
          This must not happen. Please report it with the diagnostics of the page About.
        </Callout>
      )}
      {promise !== undefined && (
        <p className="soft small">
          Messages over MQTT since the hub started <RelativeTime at={promise.since} />.
        </p>
      )}
    </section>
  )
}
