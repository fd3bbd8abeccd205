// Telemetry over HTTP: the 200 is an acknowledgement like any other, so it leaves after the commit (I1).
import { AckstoneError } from '../../errors.ts'
import type { Message } from '../../model/message.ts'
import { operations } from '../contract.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'
import { convert, httpMessage, readyTarget } from '../sample.ts'
import type { Waits } from '../waits.ts'
import { assert } from '../../lib/assert.ts'
import type { RouteTarget } from '../../ingest/contract.ts'

const integration = 'device-api'

export function telemetryRoutes(register: Register, parts: ApiParts, waits: Waits): void {
  register(operations.postTelemetry, async ({ params: { device }, body }) => {
    const selected = parts.integrations.targetFor(integration, { device, key: undefined })
    assert(selected !== undefined, 'the ready-made integration is always there')
    const message = httpMessage(parts, 'v1/devices/me/telemetry', body, device)
    const target = await readyTarget(parts, selected, message)
    const conversion = convert(parts, target, message)
    // The client is there to hear what is wrong, so an unreadable body is refused, not kept.
    if (conversion.error !== undefined) {
      const { code, message: reason } = conversion.error
      throw new AckstoneError('TELEMETRY_UNREADABLE', { code, reason }, conversion.error)
    }
    await storeMessage(parts, waits, message, target)
    return { readings: conversion.readings.count }
  })
}

/** Resolves when the message is stored, whatever QoS its integration selects.
 *  @param target that is ready for the message.
 *  @param alongside adds more to the same batch, or a later one. */
export async function storeMessage(
  { ingest }: ApiParts,
  waits: Waits,
  message: Message,
  target: RouteTarget,
  alongside?: () => void,
): Promise<void> {
  await waits.untilRoom()
  const { ticket } = ingest.acceptFor(message, [{ ...target, qos: 1 }])
  assert(ticket > 0, 'I1: a message at QoS 1 has a ticket to wait for')
  alongside?.()
  await waits.untilStored(ticket)
}
