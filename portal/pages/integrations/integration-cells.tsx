// Cells about one integration: figures that are asked for every few seconds, and its state.
import { useQuery } from '@tanstack/react-query'
import { call } from '../../data/client.ts'
import { count, duration, number } from '../../ui/format.ts'
import { State, type StateName } from '../../ui/state.tsx'
import { receivedOf, type Delivery, type Health, type Integration } from './integration-api.ts'
import { useRate } from './use-rate.ts'

const refreshMs = 4_000

export function useDelivery(id: string) {
  return useQuery({
    queryKey: ['integrationDelivery', id],
    queryFn: ({ signal }) => call('integrationDelivery', { params: { id }, signal }),
    refetchInterval: refreshMs,
  })
}

export function useBridgeHealth(integration: Integration) {
  return useQuery({
    queryKey: ['integrationHealth', integration.id],
    queryFn: ({ signal }) => call('integrationHealth', { params: { id: integration.id }, signal }),
    enabled: integration.connection !== undefined,
    refetchInterval: refreshMs,
  })
}

type Shown = 'readingsStored' | 'repeats' | 'late' | 'rejected' | 'p99'

export function DeliveryCell({ id, show }: { id: string; show: Shown }) {
  const { data } = useDelivery(id)
  if (data === undefined) return <span className="skeleton-line" />
  if (show === 'p99') return <>{data.ackMs.p99 === null ? '–' : duration(data.ackMs.p99)}</>
  return <>{count(show === 'repeats' ? repeatsOf(data) : data[show])}</>
}

export function repeatsOf({ duplicates }: Pick<Delivery, 'duplicates'>): number {
  return duplicates.sameValue + duplicates.overwritten + duplicates.ignored
}

export function RateCell({ id }: { id: string }) {
  const { data, dataUpdatedAt } = useDelivery(id)
  const rate = useRate(data === undefined ? undefined : receivedOf(data), dataUpdatedAt)
  return (
    <>{rate === undefined ? '–' : `${number(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate))}/s`}</>
  )
}

const bridgeStates: Readonly<Record<Health['state'], StateName>> = {
  'listening': 'connected',
  'connected': 'connected',
  'connecting': 'waiting',
  'catching up': 'waiting',
  'waiting': 'waiting',
  'refused': 'error',
  'paused': 'paused',
  'standby': 'paused',
}

export function IntegrationState({ integration }: { integration: Integration }) {
  const health = useBridgeHealth(integration)
  if (!integration.enabled) return <State of="paused" />
  if (integration.connection === undefined) return <State of="connected">Taking messages</State>
  if (health.data === undefined)
    return <State of="waiting">{health.error === null ? 'Asking' : 'Not known'}</State>
  return <State of={bridgeStates[health.data.state]}>{health.data.state}</State>
}
