// Devices over HTTP: which there are, one of them, and the newest reading of each key.
import { AckstoneError } from '../../errors.ts'
import type { DeviceRecord } from '../../storage/store.ts'
import { operations } from '../contract.ts'
import { DeviceList } from '../device-list.ts'
import { objectText, valueText } from '../json-text.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'
import { millisecondsText, timeText } from '../time.ts'

export const pageLimitDefault = 100
/** Keys whose newest reading a list shows. */
const latestKeysMax = 5

export function deviceRoutes(register: Register, parts: ApiParts): void {
  const { store, watching } = parts
  const list = new DeviceList(parts)

  register(operations.listDevices, async ({ query, reply }) => {
    const {
      search = '',
      sort = 'id',
      order = 'asc',
      state,
      include,
      limit = pageLimitDefault,
      cursor,
    } = query
    const { records, nextCursor } = await list.page({ search, sort, order, state, limit, cursor })
    const items = await Promise.all(records.map((record) => itemText(parts, record, include === 'latest')))
    const text = objectText([
      ['items', `[${items.join(',')}]`],
      ['nextCursor', JSON.stringify(nextCursor)],
    ])
    return reply.type('application/json').send(text)
  })

  register(operations.device, async ({ params: { device } }) => {
    const record = await store.device(device)
    if (record === undefined) throw new AckstoneError('DEVICE_NOT_FOUND', { device })
    const connected = watching.presence.of(device)
    const through = parts.delivery.lastIntegrationOf(device)
    return {
      ...shown(record),
      isConnected: connected !== undefined,
      clientId: connected?.clientId ?? null,
      connectedAt: connected === undefined ? null : timeText(connected.sinceTs),
      integrations: through === undefined ? [] : [through],
      keys: await store.keys(device),
    }
  })

  register(operations.latest, async ({ params, reply }) => {
    return reply.type('application/json').send(await latestText(parts, params.device, Infinity))
  })
}

function shown({ id, createdTs, lastSeenTs }: DeviceRecord) {
  return { id, createdAt: timeText(createdTs), lastSeenAt: timeText(lastSeenTs) }
}

async function itemText(parts: ApiParts, record: DeviceRecord, withLatest: boolean): Promise<string> {
  const { watching, delivery } = parts
  const members = {
    ...shown(record),
    isConnected: watching.presence.of(record.id) !== undefined,
    integration: delivery.lastIntegrationOf(record.id) ?? null,
  }
  const texts = Object.entries(members).map(([name, value]) => [name, JSON.stringify(value)] as const)
  if (!withLatest) return objectText(texts)
  return objectText([...texts, ['latest', await latestText(parts, record.id, latestKeysMax)]])
}

async function latestText({ store }: ApiParts, device: string, keysMax: number): Promise<string> {
  const latest = (await store.latest(device)).slice(0, keysMax)
  return objectText(
    latest.map(({ key, ts, value }) => {
      return [key, `{"ts":${millisecondsText(ts)},"value":${valueText(value)}}`] as const
    }),
  )
}
