// Under the name of a device: whether it is connected, when it was last seen, what it comes through.
import { useState } from 'react'
import { Link } from 'wouter'
import { useLive, useStreamOpened, type DevicesEvent } from '../../data/live.ts'
import { useIntegrationName } from '../../data/names.ts'
import { askAgain, useOperation } from '../../data/queries.ts'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { State } from '../../ui/state.tsx'

export function DeviceState({ device }: { device: string }) {
  const detail = useOperation('device', { params: { device } })
  const [fresh, setFresh] = useState<DevicesEvent['devices'][number]>()
  useLive('devices', (events) => {
    const own = events.flatMap(({ devices }) => devices).findLast(({ id }) => id === device)
    if (own !== undefined) setFresh(own)
    if (own !== undefined && detail.data === undefined) void askAgain(detail)
  })
  useStreamOpened(() => {
    const before = fresh
    // The answer is newer than what was told before it was asked for.
    void askAgain(detail).then(() => setFresh((now) => (now === before ? undefined : now)))
  })
  if (detail.data === undefined) return <span>Nothing of this device is stored yet.</span>
  const { isConnected, lastSeenAt } = { ...detail.data, ...fresh }
  const [integration] = detail.data.integrations
  return (
    <span className="row">
      <State of={isConnected ? 'connected' : 'offline'} />
      <span>
        last stored <RelativeTime at={lastSeenAt} />
      </span>
      {integration !== undefined && (
        <span>
          via <IntegrationLink id={integration} />
        </span>
      )}
    </span>
  )
}

function IntegrationLink({ id }: { id: string }) {
  return <Link href={`/integrations/${encodeURIComponent(id)}`}>{useIntegrationName(id)}</Link>
}
