// Where one lands: the first reading until there is one, then how the hub is and what needs attention.
import { useState } from 'react'
import { Link } from 'wouter'
import { useLive, type StatsEvent } from '../../data/live.ts'
import { useOperation } from '../../data/queries.ts'
import { ErrorState } from '../../ui/error-state.tsx'
import { bytes, count, duration } from '../../ui/format.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import { State } from '../../ui/state.tsx'
import { Figure } from '../delivery/figure.tsx'
import { PromiseFigures } from '../delivery/promise-figures.tsx'
import { FirstReading, isFirstReadingHidden } from '../first-reading/first-reading.tsx'
import { Attention } from './attention.tsx'
import './overview.css'

/** Seconds whose rate is drawn. */
const ratesMax = 60
const storageRefreshMs = 15_000

export function OverviewPage() {
  const devices = useOperation('listDevices', { query: { limit: '1' } })
  const [isHidden, setHidden] = useState(isFirstReadingHidden)
  // The checklist stays where it was at first: a token that it shows must not go when the first device appears.
  const [wasNew, setWasNew] = useState<boolean>()
  const isNew = devices.data?.items.length === 0
  if (wasNew === undefined && devices.data !== undefined) setWasNew(isNew)
  // A hub without a device has nothing else to show, so the checklist can't be put away yet.
  const list = isNew ? <FirstReading /> : !isHidden && <FirstReading onHide={() => setHidden(true)} />
  return (
    <>
      <PageHeader title="Overview" about="How the hub is, and what needs attention." />
      <div className="stack-l">
        {devices.error !== null && (
          <ErrorState error={devices.error} onRetry={() => void devices.refetch()} />
        )}
        {wasNew === true && list}
        <Health />
        <Attention />
        {wasNew === false && list}
      </div>
    </>
  )
}

function Health() {
  const [stats, setStats] = useState<StatsEvent>()
  const [rates, setRates] = useState<readonly number[]>([])
  useLive('stats', (events) => {
    setStats(events.at(-1))
    setRates((before) =>
      [...before, ...events.map((event) => event.rates.messagesPerSecond)].slice(-ratesMax),
    )
  })
  return (
    <div className="overview-panels">
      <PromiseSummary stats={stats} />
      <RateFigures stats={stats} rates={rates} />
      <StoreFigures stats={stats} />
    </div>
  )
}

interface StatsProps {
  stats: StatsEvent | undefined
}

function PromiseSummary({ stats }: StatsProps) {
  const promise = stats?.promise
  const isKept = promise !== undefined && promise.difference <= 0
  return (
    <section className="panel stack" aria-labelledby="promise">
      <div className="row-apart">
        <h2 id="promise">Promise</h2>
        {promise !== undefined &&
          (isKept ? <State of="stored">Kept</State> : <State of="error">Broken</State>)}
      </div>
      <PromiseFigures promise={promise} />
      <p className="small">
        <Link href="/delivery">What is counted, and how</Link>
      </p>
    </section>
  )
}

function RateFigures({ stats, rates }: StatsProps & { rates: readonly number[] }) {
  const { p50, p99 } = stats?.ackMs ?? { p50: null, p99: null }
  const rate = stats?.rates.messagesPerSecond
  return (
    <section className="panel stack" aria-labelledby="rate">
      <div className="row-apart">
        <h2 id="rate">Messages</h2>
        <Sparkline
          values={rates}
          width={120}
          height={24}
          label={`Messages a second in the last minute; now ${rate ?? 0}.`}
        />
      </div>
      <dl className="figures">
        <Figure
          name="A second"
          meaning="Messages that integrations took in the last second, and readings that were stored in it."
        >
          {rate === undefined ? '–' : count(rate)}
        </Figure>
        <Figure
          name="Answer after"
          meaning="From the receipt of a message to its answer in the last ten seconds: half of them took less, and below it what 99 of 100 took less than."
          note={p99 === null ? undefined : `99 of 100: ${duration(p99)}`}
        >
          {p50 === null ? '–' : duration(p50)}
        </Figure>
        <Figure name="Connections" meaning="MQTT connections at this moment.">
          {stats === undefined ? '–' : count(stats.connections)}
        </Figure>
      </dl>
      <p className="small">
        <Link href="/traffic">Watch them come in</Link>
      </p>
    </section>
  )
}

function StoreFigures({ stats }: StatsProps) {
  const storage = useOperation('storage', {}, { refetchInterval: storageRefreshMs })
  const { sizeBytes, name, measured } = storage.data ?? {}
  const { freeBytes = null, growthBytesPerDay = null } = measured ?? {}
  const isGrowing = growthBytesPerDay !== null && growthBytesPerDay > 0
  const left = freeBytes === null || !isGrowing ? undefined : Math.floor(freeBytes / growthBytesPerDay)
  return (
    <section className="panel stack" aria-labelledby="store">
      <div className="row-apart">
        <h2 id="store">Store</h2>
        {stats !== undefined &&
          (stats.store.writable ? (
            <State of="stored">Writable</State>
          ) : (
            <State of="error">Not writable</State>
          ))}
      </div>
      {stats !== undefined && !stats.store.writable && <p>{stats.store.sentence}</p>}
      <dl className="figures">
        <Figure name="Takes" meaning="Bytes that the store takes on its disk." note={name}>
          {sizeBytes === undefined ? '–' : bytes(sizeBytes)}
        </Figure>
        <Figure
          name="Free"
          meaning="Bytes that are free on the disk of the store. The hub does not know them for every store."
        >
          {freeBytes === null ? '–' : bytes(freeBytes)}
        </Figure>
        <Figure
          name="Lasts"
          meaning="How long the free space lasts if the store goes on growing as it does. It is told after the hub has run for a while."
        >
          {left === undefined ? '–' : left > 3_650 ? 'over 10 years' : `≈ ${count(Math.max(0, left))} days`}
        </Figure>
      </dl>
      <p className="small">
        <Link href="/settings/storage">What “stored” means here</Link>
      </p>
    </section>
  )
}
