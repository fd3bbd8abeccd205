// The store: what "stored" means on it, where it is, how big it is, and whether it can be written now.
import { useOperation } from '../../data/queries.ts'
import { Callout } from '../../ui/callout.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { bytes } from '../../ui/format.ts'
import { KeyValues } from '../../ui/key-values.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { State } from '../../ui/state.tsx'

const engines: Readonly<Record<string, string>> = {
  leveldb: 'LevelDB, in a folder of this hub',
  cassandra: 'Apache Cassandra, a cluster',
  memory: 'Memory',
}
const refreshMs = 10_000

export function StorageSection() {
  const storage = useOperation('storage', {}, { refetchInterval: refreshMs })
  if (storage.isPending) return <Skeleton label="What the store says" lines={4} />
  if (storage.error !== null)
    return <ErrorState error={storage.error} onRetry={() => void storage.refetch()} />
  const { name, durability, location, sizeBytes, health } = storage.data
  return (
    <div className="stack">
      {!health.writable && (
        <Callout kind="error" title="Nothing can be stored now, so nothing is acknowledged." isAnnounced>
          {health.sentence}
        </Callout>
      )}
      <section className="panel stack" aria-labelledby="storage-promise">
        <h2 id="storage-promise">What “stored” means here</h2>
        <p>{durability}</p>
      </section>
      <section className="panel stack" aria-labelledby="storage-facts">
        <h2 id="storage-facts">The store</h2>
        <KeyValues
          items={[
            {
              name: 'State',
              value: health.writable ? (
                <State of="stored">Writable</State>
              ) : (
                <State of="error">Not writable</State>
              ),
            },
            { name: 'Engine', value: engines[name] ?? name },
            { name: 'Place', value: <code className="break">{location}</code> },
            { name: 'Size', value: bytes(sizeBytes) },
          ]}
        />
      </section>
    </div>
  )
}
