// The order in which a store is walked through when it is moved: devices and their keys in byte order.
import type { DeviceRecord, StateSpace, Store } from '../store.ts'

const devicesPerPage = 500

/** `registry` first: what is set up is what people miss first. */
export const spaces: readonly StateSpace[] = ['registry', 'retained', 'session', 'inbound', 'queue', 'hub']

export function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** All devices from `from` on, itself included; empty: all. */
export async function* devicesFrom(store: Store, from: string): AsyncGenerator<DeviceRecord> {
  const first = from === '' ? undefined : await store.device(from)
  if (first !== undefined) yield first
  let after = from
  for (;;) {
    const page = await store.devices({ search: '', after, limit: devicesPerPage })
    yield* page
    if (page.length < devicesPerPage) return
    after = page.at(-1)!.id
  }
}

export async function countDevices(store: Store): Promise<number> {
  let count = 0
  for await (const _ of devicesFrom(store, '')) count++
  return count
}
