// What the hub has seen of a device: connected, published, stored, acknowledged; or exactly what went wrong.
import { Link } from 'wouter'
import type { AnswerOf } from '../../data/client.ts'
import { useOperation } from '../../data/queries.ts'
import { Callout } from '../../ui/callout.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { duration } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import './first-reading.css'

type Steps = AnswerOf<'deviceSteps'>

const askEveryMs = 1_000

interface DeviceStepsProps {
  device: string
  /** It speaks HTTP: there is no connection and no topic. */
  isHttp: boolean
  qos: 0 | 1 | 2
}

interface Step {
  id: string
  title: string
  /** What is known of it once it is done. */
  fact: string | undefined
  at: string | undefined
  waiting: string
}

export function DeviceSteps({ device, isHttp, qos }: DeviceStepsProps) {
  const steps = useOperation(
    'deviceSteps',
    { params: { device } },
    { refetchInterval: askEveryMs, staleTime: 0 },
  )
  if (steps.error !== null) return <ErrorState error={steps.error} onRetry={() => void steps.refetch()} />
  const seen = steps.data
  const list = isHttp ? httpSteps(seen) : mqttSteps(seen, qos)
  const current = list.findIndex(({ at }) => at === undefined)
  const isDone = current === -1
  const trouble = isDone ? null : (seen?.problem ?? seen?.refused ?? null)
  return (
    <section className="stack" aria-label={`What the hub sees of ${device}`}>
      <ol className="steps">
        {list.map(({ id, title, fact, at, waiting }, index) => (
          <li key={id} className={at === undefined ? 'steps-item' : 'steps-item is-done'}>
            <Icon name={at === undefined ? 'waiting' : 'check'} />
            <span>
              <strong>{title}</strong>{' '}
              <span className="soft">{at === undefined ? (index === current ? waiting : '') : fact}</span>
            </span>
            {at !== undefined && <RelativeTime at={at} />}
          </li>
        ))}
      </ol>
      {trouble !== null && (
        <Callout kind="error" title={trouble.sentence} isAnnounced>
          {trouble.hint}
        </Callout>
      )}
      {isDone && (
        <Callout kind="good" title={`The first reading of ${device} is stored.`} isAnnounced>
          <Link href={`/devices/${encodeURIComponent(device)}`}>Look at it</Link>.
        </Callout>
      )}
    </section>
  )
}

function mqttSteps(seen: Steps | undefined, qos: 0 | 1 | 2): Step[] {
  const { connected, published, acknowledged } = seen ?? {}
  return [
    {
      id: 'connected',
      title: 'Connected',
      // Programs that publish once are gone again before anybody looks.
      fact: connected === null || connected === undefined ? 'and gone again' : `as ${connected.clientId}`,
      at: connected?.at ?? published?.at,
      waiting: 'The hub listens for it. Run the lines above.',
    },
    {
      id: 'published',
      title: 'Published',
      fact:
        published === null || published === undefined
          ? undefined
          : `to ${published.topic} at QoS ${published.qos}`,
      at: published?.at,
      waiting: 'It is connected and has not published yet.',
    },
    storedStep(seen),
    ...(qos === 0
      ? []
      : [
          {
            id: 'acknowledged',
            title: 'Acknowledged',
            fact:
              acknowledged === null || acknowledged === undefined
                ? undefined
                : `after ${duration(acknowledged.ms)}`,
            at: acknowledged?.at,
            waiting: 'The answer leaves after the commit.',
          },
        ]),
  ]
}

function httpSteps(seen: Steps | undefined): Step[] {
  return [
    {
      ...storedStep(seen),
      waiting: 'The hub listens for it. Run the lines above; the answer says it is stored.',
    },
  ]
}

function storedStep(seen: Steps | undefined): Step {
  const stored = seen?.stored
  return {
    id: 'stored',
    title: 'Stored',
    fact: stored === null || stored === undefined ? undefined : readingsText(stored.readings),
    at: stored?.at,
    waiting: 'It is on its way to the store.',
  }
}

function readingsText(count: number): string {
  return count === 1 ? '1 reading' : `${count} readings`
}
