// Rejected messages over HTTP: what no converter could read, why, and another attempt.
import { AckstoneError } from '../../errors.ts'
import type { Message } from '../../model/message.ts'
import type { RejectedMessage } from '../../storage/store.ts'
import { operations } from '../contract.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'
import { textOf } from '../payload-text.ts'
import { convert, httpMessage, readyTarget } from '../sample.ts'
import { timeText } from '../time.ts'
import type { Waits } from '../waits.ts'
import { pageLimitDefault } from './devices.ts'
import { storeMessage } from './telemetry.ts'

/** Bytes of a payload that a list shows. */
const payloadBytesShown = 4_096

export function rejectedRoutes(register: Register, parts: ApiParts, waits: Waits): void {
  const { store, integrations, ingest } = parts

  register(operations.listRejected, async ({ query }) => {
    const { integration, limit = pageLimitDefault, cursor } = query
    const before = decodeCursor(cursor, 'rejected', integration ?? '')
    const messages = await store.rejected(before, integration, limit + 1)
    const page = messages.slice(0, limit)
    const hasMore = messages.length > limit
    return {
      items: page.map(shown),
      nextCursor: hasMore ? encodeCursor('rejected', integration ?? '', page[limit - 1].id) : null,
    }
  })

  register(operations.retryRejected, async ({ params: { id } }) => {
    const rejected = await store.rejectedById(id)
    if (rejected === undefined) throw new AckstoneError('REJECTED_NOT_FOUND', { id })
    const { integration, topic } = rejected
    const selected = integrations.targetForTopic(integration, topic)
    if (selected === undefined)
      throw new AckstoneError('REJECTED_WITHOUT_INTEGRATION', { integration, topic })
    const message = messageOf(parts, rejected)
    const target = await readyTarget(parts, selected, message)
    const conversion = convert(parts, target, message)
    if (conversion.error !== undefined) {
      const { code, message: reason } = conversion.error
      throw new AckstoneError('REJECTED_UNREADABLE', { id, code, reason }, conversion.error)
    }
    await storeMessage(parts, waits, message, target, () => ingest.open().resolveRejected(id))
    return { readings: conversion.readings.count }
  })
}

/** As it came the first time, with the time it was given then. */
function messageOf(parts: ApiParts, rejected: RejectedMessage): Message {
  const { topic, payload, device, clientId, receivedTs, decidedTs } = rejected
  const message = httpMessage(parts, topic, Buffer.from(payload), device)
  return { ...message, clientId, receivedTs, decidedTs }
}

function shown(rejected: RejectedMessage) {
  const { id, integration, device, clientId, topic, qos, receivedTs, code, reason, payload } = rejected
  const beginning = Buffer.from(payload.subarray(0, payloadBytesShown))
  const text = textOf(beginning, payload.length > payloadBytesShown)
  return {
    id,
    integration,
    device,
    clientId,
    topic,
    qos,
    receivedAt: timeText(receivedTs),
    code,
    reason,
    payload: {
      bytes: payload.length,
      text,
      base64: text === null ? beginning.toString('base64') : null,
      isCut: payload.length > payloadBytesShown,
    },
  }
}
