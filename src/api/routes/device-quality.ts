// How good the data of a device is: complete by the interval that it shows, late, out of order, repeated.
import { AckstoneError } from '../../errors.ts'
import type { Mark } from '../../delivery/marks.ts'
import type { Range } from '../series-query.ts'
import { operations } from '../contract.ts'
import { gapsMax, marksShownMax } from '../live-shapes.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'
import { parseKeys, parseRange } from '../series-query.ts'
import { timeText } from '../time.ts'
import { Turns } from '../turns.ts'

const dayUs = 86_400_000_000
/** Times of one series that are looked at; the newest, where there are more. */
const readingsMax = 500_000
/** Questions at a time, and such that wait. */
const runningMax = 4
const waitingMax = 64
/** A row that is behind a newer one by less than this came out of order; by more, it came late. */
const outOfOrderUs = 60_000_000
const rejectedLooked = 200
/** Keys that are asked for their number of readings, to find the one that is learned from. */
const keysLooked = 20
const countedReadingsMax = 5_000

export function deviceQualityRoutes(register: Register, parts: ApiParts): void {
  const { store, delivery, clock, rules } = parts
  const turns = new Turns(runningMax, waitingMax)

  register(operations.deviceQuality, async ({ params: { device }, query }) => {
    if ((await store.device(device)) === undefined) throw new AckstoneError('DEVICE_NOT_FOUND', { device })
    const range = lastDay(query, clock.nowUs())
    await turns.take()
    try {
      const key = await busiestKey(parts, device, range)
      const { ts, isCut } = key === undefined ? noTimes : await timesOf(parts, device, key, range)
      const { gaps, intervalUs, ...found } = rules.completenessOf(ts, range.endTs, gapsMax)
      const figures = delivery.deviceFigures(device)
      const marks = lateMarks(delivery.marks.of(device, range.startTs, range.endTs))
      const received = figures?.received ?? { qos0: 0, qos1: 0, qos2: 0 }
      const duplicates = figures?.duplicates ?? { redelivered: 0, sameValue: 0, overwritten: 0, ignored: 0 }
      const repeated = duplicates.sameValue + duplicates.overwritten + duplicates.ignored
      const rejected = (await store.rejected('', undefined, rejectedLooked)).filter(
        (each) => each.device === device,
      )
      const facts = { ...found, ...marks, received, intervalUs, repeated, rejected: rejected.length }
      return {
        startTs: range.startTs / 1000,
        endTs: range.endTs / 1000,
        key: key ?? null,
        qosUsed: received,
        expectedIntervalMs: intervalUs === undefined ? null : intervalUs / 1000,
        expected: found.expected ?? null,
        stored: found.stored,
        isCut,
        gaps: gaps.map(({ startTs, endTs, missing }) => ({
          startTs: startTs / 1000,
          endTs: endTs / 1000,
          missing,
        })),
        gapCount: found.gapCount,
        missing: found.missing,
        ...marks,
        duplicates,
        ackMs: figures?.ackMs ?? { p50: null, p99: null },
        rejected: rejected.length,
        since: figures?.since ?? null,
        marksSince: timeText(delivery.marks.sinceTs),
        advice: rules.qualityAdvice(facts),
      }
    } finally {
      turns.giveBack()
    }
  })

  register(operations.deviceMarks, async ({ params: { device }, query }) => {
    const { startTs, endTs } = parseRange(query)
    const keys = parseKeys(query.keys)
    const all = delivery.marks.of(device, startTs, endTs)
    const wanted = keys === undefined ? all : all.filter(({ key }) => keys.includes(key))
    const of = (kind: Mark['kind']) =>
      wanted
        .filter((mark) => mark.kind === kind)
        .slice(-marksShownMax)
        .map(({ key, ts, atTs }) => ({ key, ts: ts / 1000, at: timeText(atTs) }))
    return { late: of('late'), duplicate: of('duplicate'), since: timeText(delivery.marks.sinceTs) }
  })
}

const noTimes = { ts: new Float64Array(0), isCut: false }

/** The last 24 hours, unless told; never later than now, where nothing can be expected. */
function lastDay(query: { startTs?: string; endTs?: string }, nowTs: number): Range {
  const given = parseRange(query)
  const endTs = Math.min(given.endTs, nowTs)
  const startTs = query.startTs === undefined ? endTs - dayUs : given.startTs
  return { startTs: Math.min(startTs, endTs), endTs }
}

/** The key with the most readings, as far as that can be seen from the newest of them. */
async function busiestKey({ store }: ApiParts, device: string, range: Range): Promise<string | undefined> {
  let busiest: string | undefined
  let most = 0
  for (const key of (await store.keys(device)).slice(0, keysLooked)) {
    let count = 0
    for await (const chunk of store.query({ device, key, ...range, order: 'desc' })) {
      count += chunk.count
      if (count >= countedReadingsMax) break
    }
    if (count > most) {
      busiest = key
      most = count
    }
    if (most >= countedReadingsMax) break
  }
  return busiest
}

/** Times of the newest readings in the range, ascending. */
async function timesOf(
  { store }: ApiParts,
  device: string,
  key: string,
  range: Range,
): Promise<{ ts: Float64Array; isCut: boolean }> {
  const pieces: Float64Array[] = []
  let count = 0
  for await (const chunk of store.query({ device, key, ...range, order: 'desc' })) {
    const piece = Float64Array.from(chunk.ts.slice(0, chunk.count))
    pieces.push(piece)
    count += piece.length
    if (count >= readingsMax) break
  }
  const ts = new Float64Array(count)
  let at = 0
  for (const piece of pieces) {
    ts.set(piece, at)
    at += piece.length
  }
  return { ts: ts.reverse(), isCut: count >= readingsMax }
}

function lateMarks(marks: readonly Mark[]): { late: number; outOfOrder: number } {
  let late = 0
  let outOfOrder = 0
  for (const { kind, ts, atTs } of marks) {
    if (kind !== 'late') continue
    if (atTs - ts > outOfOrderUs) late++
    else outOfOrder++
  }
  return { late, outOfOrder }
}
