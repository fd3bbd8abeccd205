// The batch that belongs to a ticket, so that the process that is killed and the one that checks agree.
import type { Batch } from '../../src/storage/store.ts'
import { batchOf, runOf, type Row } from './batches.ts'

export const killedDevices = ['in order', 'late', 'same']

/** Ten rows for each device: newer ones, ones between older ones, and always the same ten. */
export function killedRows(device: string, ticket: number): Row[] {
  return Array.from({ length: 10 }, (_, i): Row => {
    if (device === 'in order') return [(ticket * 10 + i) * 1_000_000, ticket]
    if (device === 'late') return [((ticket * 7919 + i * 104_729) % 1_000_003) * 1000, ticket]
    return [i * 1_000_000, ticket]
  })
}

export function killedBatch(ticket: number): Batch {
  const runs = killedDevices.map((device) => runOf(device, 'k', killedRows(device, ticket)))
  const value = Buffer.from(String(ticket))
  return { ...batchOf({ runs, state: [{ type: 'put', space: 'hub', key: 'ticket', value }] }), ticket }
}
