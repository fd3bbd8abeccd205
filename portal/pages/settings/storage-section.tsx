// The store: what "stored" means on it and how long that takes, where it is, how big it is and for how long there is
// room, and whether it can be written now.
import type { AnswerOf } from '../../data/client.ts'
import { useOperation } from '../../data/queries.ts'
import { Callout } from '../../ui/callout.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { bytes, count, duration } from '../../ui/format.ts'
import { KeyValues, type KeyValue } from '../../ui/key-values.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { State } from '../../ui/state.tsx'
import { useSettings, type ConfigOption } from './options.tsx'

type Storage = AnswerOf<'storage'>
type Cluster = NonNullable<Storage['measured']['cluster']>

const engines: Readonly<Record<string, string>> = {
  leveldb: 'LevelDB, in a folder of this hub',
  cassandra: 'Apache Cassandra, a cluster',
  memory: 'Memory',
}
const syncs: Readonly<Record<Cluster['commitlogSync'], string>> = {
  batch: 'before a node answers (batch)',
  group: 'before a node answers, for several writes at once (group)',
  periodic: 'some time after a node has answered (periodic)',
  unknown: 'not told by the nodes',
}
const refreshMs = 10_000
/** With less room than this, a person should do something. */
const daysWorrying = 14

export function StorageSection() {
  const storage = useOperation('storage', {}, { refetchInterval: refreshMs })
  const settings = useSettings()
  if (storage.isPending) return <Skeleton label="What the store says" lines={4} />
  if (storage.error !== null)
    return <ErrorState error={storage.error} onRetry={() => void storage.refetch()} />
  const { durability, health, measured } = storage.data
  const daysLeft = daysOf(measured)
  const kept = keptFor(storage.data.name, settings.data?.options)
  return (
    <div className="stack">
      {!health.writable && (
        <Callout kind="error" title="Nothing can be stored now, so nothing is acknowledged." isAnnounced>
          {health.sentence}
        </Callout>
      )}
      {daysLeft !== undefined && daysLeft < daysWorrying && (
        <Callout kind="warning" title={`At this rate the disk is full in ${days(daysLeft)}.`}>
          Free space on it, or delete readings that nobody needs any more.
        </Callout>
      )}
      <section className="panel stack" aria-labelledby="storage-promise">
        <h2 id="storage-promise">What “stored” means here</h2>
        <p>{durability}</p>
        <KeyValues items={promiseFacts(measured)} />
      </section>
      <section className="panel stack" aria-labelledby="storage-facts">
        <h2 id="storage-facts">The store</h2>
        <KeyValues items={storeFacts(storage.data, daysLeft, kept)} />
      </section>
    </div>
  )
}

function promiseFacts({ syncMs, commitMs, cluster }: Storage['measured']): KeyValue[] {
  const times = (measured: { p50: number; p99: number } | null) =>
    measured === null ? (
      <span className="soft">not measured yet</span>
    ) : (
      `${duration(measured.p50)} half of the time, ${duration(measured.p99)} in 99 of 100`
    )
  return [
    ...(cluster === null
      ? [{ name: 'A synced write takes', value: times(syncMs) }]
      : [
          {
            name: 'Confirmed by',
            value: `${count(cluster.confirmations)} of ${count(cluster.copies)} copies (${cluster.consistency})`,
          },
          { name: 'A node syncs', value: syncs[cluster.commitlogSync] },
          { name: 'Nodes asked', value: `${count(cluster.nodesAsked)} of ${count(cluster.nodes)}` },
        ]),
    { name: 'A commit takes', value: times(commitMs) },
  ]
}

function storeFacts(
  { name, location, sizeBytes, health, measured }: Storage,
  daysLeft: number | undefined,
  kept: string,
): KeyValue[] {
  const { freeBytes, growthBytesPerDay } = measured
  const room =
    freeBytes === null
      ? undefined
      : daysLeft === undefined
        ? bytes(freeBytes)
        : `${bytes(freeBytes)}, enough for ${days(daysLeft)} at this rate`
  return [
    {
      name: 'State',
      value: health.writable ? <State of="stored">Writable</State> : <State of="error">Not writable</State>,
    },
    { name: 'Engine', value: engines[name] ?? name },
    { name: 'Place', value: <code className="break">{location}</code> },
    { name: 'Size', value: bytes(sizeBytes) },
    ...(growthBytesPerDay === null ? [] : [{ name: 'Growth', value: `${bytes(growthBytesPerDay)} a day` }]),
    ...(room === undefined ? [] : [{ name: 'Free on the disk', value: room }]),
    { name: 'Kept', value: kept },
  ]
}

/** How long readings stay, as it is configured. */
function keptFor(engine: string, options: readonly ConfigOption[] | undefined): string {
  if (engine !== 'cassandra') return 'For ever, until somebody deletes readings of a device.'
  const retention = options?.find(({ name }) => name === 'cassandra.retentionDays')?.value
  if (typeof retention !== 'number') return 'As long as cassandra.retentionDays says.'
  return retention === 0
    ? 'For ever: cassandra.retentionDays is 0.'
    : `${count(retention)} days from when it was stored.`
}

/** Days until the disk is full; undefined where that can't be said. */
function daysOf({ freeBytes, growthBytesPerDay }: Storage['measured']): number | undefined {
  if (freeBytes === null || growthBytesPerDay === null || growthBytesPerDay <= 0) return undefined
  return freeBytes / growthBytesPerDay
}

function days(value: number): string {
  if (value > 3_650) return 'more than ten years'
  if (value > 730) return `${count(value / 365)} years`
  return value < 2 ? 'less than two days' : `${count(value)} days`
}
