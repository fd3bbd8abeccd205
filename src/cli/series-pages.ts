// The readings of one series of a hub, page by page.
import { operations } from '../api/contract.ts'
import type { Api } from './api-client.ts'
import { keysText, type Series } from './device.ts'

/** Readings of one request. */
const pageReadings = 10_000

export interface Columns {
  /** Milliseconds, with up to three decimals. */
  ts: number[]
  value: unknown[]
}

/** A page, and where the next one begins; undefined for the last. */
export interface SeriesPage extends Columns {
  next: string | undefined
}

export interface Range {
  startTs: string | undefined
  endTs: string | undefined
}

/** Oldest first. */
export async function* pagesOf(
  api: Api,
  device: string,
  key: string,
  { startTs, endTs }: Range,
): AsyncGenerator<SeriesPage> {
  for (let from = startTs; ;) {
    const answer = await api.call<Series>(operations.series, {
      params: { device },
      query: { keys: keysText([key]), startTs: from, endTs, limit: pageReadings, order: 'asc' },
    })
    const page = answer.series[key]
    if (page === undefined || page.ts.length === 0) return
    const continuesAt = answer.continues?.[key]
    const isLast = page.ts.length < pageReadings && continuesAt === undefined
    // The next microsecond: the least moment after the last one.
    const next = isLast ? undefined : (continuesAt ?? page.ts.at(-1)! + 0.001).toFixed(3)
    yield { ...page, next }
    if (next === undefined) return
    from = next
  }
}
