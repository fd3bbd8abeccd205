// What the drills do to scripts: an integration whose script takes its time and can't read every message, so that a
// kill meets messages that wait for a worker, and rejected copies are judged like rows (I6).
import type { HubProcess } from '../hub.ts'
import { kinds, type StoredSeries } from './ledger.ts'

const pageMax = 1_000

/** A message in ten can't be read. The loop costs about a millisecond, so that messages queue up. */
const source = `function decodeUplink({ payload }) {
  const message = JSON.parse(payload)
  const values = message.values || message
  const key = Object.keys(values)[0]
  let work = 0
  for (let i = 0; i < 12000; i++) work = (work + i) % 1013
  if (work < 0 || values[key] % 10 === 3) throw new Error('it ends in 3')
  const reading = { key, value: values[key] }
  if (message.ts !== undefined) reading.ts = message.ts
  return { readings: [reading] }
}`
export const scriptedConverter = { type: 'script', source }

/** Devices of the direct integration publish there. */
export function scriptedTopic(device: string): string {
  return `scripted/${device}/t`
}

/** Makes the direct integration. */
export async function setUpScripted(hub: HubProcess): Promise<void> {
  await hub.request('POST', '/integrations', {
    ...{ name: 'Scripted', kind: 'direct', converter: scriptedConverter },
    topics: [{ filter: scriptedTopic('{device}'), qos: 2 }],
  })
}

interface RejectedPage {
  items: { device: string; code: string; payload: { text: string } }[]
  nextCursor: string | null
}

/** Adds rejected copies to the series of their devices as one row more each: a message has a row or a copy, one of
 *  them, and once. A copy of a message that can be read counts as two. */
export async function addRejected(
  hub: HubProcess,
  integration: string,
  seriesOf: ReadonlyMap<string, StoredSeries>,
): Promise<void> {
  let place = 0
  for (let cursor = ''; ;) {
    const path = `/rejected?integration=${integration}&limit=${pageMax}${cursor}`
    const { items, nextCursor } = await hub.get<RejectedPage>(path)
    for (const { device, code, payload } of items) {
      const message = JSON.parse(payload.text) as { ts?: number; values?: Record<string, number> }
      const values = message.values ?? (message as Record<string, number>)
      const kind = kinds.find((each) => values[each] !== undefined)
      const series = seriesOf.get(device)
      if (kind === undefined || series === undefined) continue
      const n = values[kind]!
      const rows = code === 'script_error' && n % 10 === 3 ? 1 : 2
      series[kind] ??= { ts: [], value: [] }
      for (let row = 0; row < rows; row++) {
        series[kind].ts.push(message.ts ?? place++)
        series[kind].value.push(n)
      }
    }
    if (nextCursor === null) return
    cursor = `&cursor=${encodeURIComponent(nextCursor)}`
  }
}
