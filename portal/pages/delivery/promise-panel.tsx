// The promise, explained and in figures: what was acknowledged, what is stored, and that there is no difference.
import { useState } from 'react'
import { useLive, type StatsEvent } from '../../data/live.ts'
import { Callout } from '../../ui/callout.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { PromiseFigures } from './promise-figures.tsx'

export function PromisePanel() {
  const [promise, setPromise] = useState<StatsEvent['promise']>()
  useLive('stats', (events) => setPromise(events.at(-1)?.promise))
  return (
    <section className="panel stack" aria-labelledby="promise">
      <h2 id="promise">The promise</h2>
      <p className="delivery-text">
        At QoS 1 and 2 the publisher gets its answer only after the reading is stored. Two parts of the hub
        count this, and know nothing of each other: one where commits resolve, one where answers leave.
      </p>
      <PromiseFigures promise={promise} hasUnanswered />
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
