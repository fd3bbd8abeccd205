// Devices over HTTP: which there are, and the newest reading of each key.
import { operations } from '../contract.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import { objectText, valueText } from '../json-text.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'
import { millisecondsText, timeText } from '../time.ts'

export const pageLimitDefault = 100

export function deviceRoutes(register: Register, { store }: ApiParts): void {
  register(operations.listDevices, async ({ query }) => {
    const { search = '', limit = pageLimitDefault, cursor } = query
    const after = decodeCursor(cursor, 'devices', search)
    const records = await store.devices({ search, after, limit: limit + 1 })
    const page = records.slice(0, limit)
    const hasMore = records.length > limit
    return {
      items: page.map(({ id, createdTs, lastSeenTs }) => ({
        id,
        createdAt: timeText(createdTs),
        lastSeenAt: timeText(lastSeenTs),
      })),
      nextCursor: hasMore ? encodeCursor('devices', search, page[limit - 1].id) : null,
    }
  })

  register(operations.latest, async ({ params, reply }) => {
    const latest = await store.latest(params.device)
    const members = latest.map(({ key, ts, value }) => {
      return [key, `{"ts":${millisecondsText(ts)},"value":${valueText(value)}}`] as const
    })
    return reply.type('application/json').send(objectText(members))
  })
}
