// What a device has stored since the chart was last asked for, straight from the event stream, so that lines grow
// while one looks. It is bounded: at high rates the next question to the hub comes before it is full.
import { useState } from 'react'
import type { PlotSeries } from '../../charts/chart-data.ts'
import { useLive, type ReadingsEvent } from '../../data/live.ts'

/** Readings of all keys that wait for the next answer of the hub. */
const tailMax = 20_000

interface TailReading {
  key: string
  ts: number
  value: unknown
  arrivedAt: number
}

export interface Latest {
  ts: number
  value: unknown
}

/** What has come, kept outside the rendering: it changes with every frame. */
class Tail {
  readonly latest = new Map<string, Latest>()
  #readings: TailReading[] = []

  take(device: string, events: readonly ReadingsEvent[]): void {
    const arrivedAt = Date.now()
    for (const { device: whose, key, ts, value } of events.flatMap(({ series }) => series)) {
      if (whose !== device) continue
      for (const [index, at] of ts.entries()) {
        this.#readings.push({ key, ts: at, value: value[index], arrivedAt })
        if (at >= (this.latest.get(key)?.ts ?? -Infinity))
          this.latest.set(key, { ts: at, value: value[index] })
      }
    }
    if (this.#readings.length > tailMax) this.#readings = this.#readings.slice(-tailMax)
  }

  /** Adds what arrived at or after a moment to series that were asked for then. */
  extend(series: readonly PlotSeries[], askedAt: number): PlotSeries[] {
    const first = this.#readings.findIndex(({ arrivedAt }) => arrivedAt >= askedAt)
    if (first === -1) return [...series]
    const fresh = this.#readings.slice(first)
    return series.map((each) => withReadings(each, fresh))
  }
}

/** The tail of a device, which must stay the same; `version` grows with each frame that brought something. */
export function useTail(device: string, isPaused: boolean): { tail: Tail; version: number } {
  const [tail] = useState(() => new Tail())
  const [version, setVersion] = useState(0)
  const take = (events: ReadingsEvent[]) => {
    tail.take(device, events)
    setVersion((before) => before + 1)
  }
  useLive('readings', take, { device, isPaused })
  return { tail, version }
}

/** Adds what is newer than the series; older ones come with the next answer of the hub. */
function withReadings(series: PlotSeries, fresh: readonly TailReading[]): PlotSeries {
  const last = series.ts.at(-1) ?? -Infinity
  const own = fresh.filter(({ key, ts, value }) => key === series.key && ts > last && isNumeric(value))
  // What came again for the same moment has taken its place.
  const added = [...new Map(own.map((reading) => [reading.ts, reading])).values()].toSorted(
    (a, b) => a.ts - b.ts,
  )
  if (added.length === 0) return series
  const values = added.map(({ value }) => Number(value))
  return {
    key: series.key,
    ts: [...series.ts, ...added.map(({ ts }) => ts)],
    value: [...series.value, ...values],
    ...(series.min !== undefined && { min: [...series.min, ...values] }),
    ...(series.max !== undefined && { max: [...series.max, ...values] }),
  }
}

function isNumeric(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean'
}
