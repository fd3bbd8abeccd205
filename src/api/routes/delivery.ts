// The delivery record over HTTP: what happened to messages, for the hub, an integration or a device.
import type { DeliveryFigures } from '../../delivery/figures.ts'
import type { SummedFigures } from '../../delivery/hub-shares.ts'
import { AckstoneError } from '../../errors.ts'
import { operations } from '../contract.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'

export function deliveryRoutes(
  register: Register,
  { delivery, shares, integrations, store }: ApiParts,
): void {
  register(operations.delivery, () => shares.total())

  register(operations.integrationDelivery, async ({ params: { id } }) => {
    if (integrations.get(id) === undefined) throw new AckstoneError('INTEGRATION_NOT_FOUND', { id })
    const nothing = (): SummedFigures => ({ ...nothingSince(delivery.figures().since), hubs: [] })
    return (await shares.ofIntegration(id)) ?? nothing()
  })

  register(operations.deviceDelivery, async ({ params: { device } }) => {
    const figures = delivery.deviceFigures(device)
    if (figures !== undefined) return figures
    if ((await store.device(device)) === undefined) throw new AckstoneError('DEVICE_NOT_FOUND', { device })
    return nothingSince(delivery.figures().since)
  })
}

function nothingSince(since: string): DeliveryFigures {
  return {
    received: { qos0: 0, qos1: 0, qos2: 0 },
    acknowledged: 0,
    readingsStored: 0,
    duplicates: { redelivered: 0, sameValue: 0, overwritten: 0, ignored: 0 },
    rejected: 0,
    shed: 0,
    late: 0,
    ackMs: { p50: null, p99: null },
    since,
  }
}
