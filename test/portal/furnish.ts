// Puts a house's worth of data into a hub, so that pages have something to show: a few devices of different
// habits, hours of readings, through the public API alone.
import type { HubProcess } from '../hub.ts'

const minuteMs = 60_000
const readingsEach = 360

interface Habit {
  device: string
  /** Time between readings, milliseconds. */
  everyMs: number
  values: (index: number) => Record<string, number | boolean | string>
  /** Readings from the first of these to before the second are missing. */
  gap?: [from: number, to: number]
}

const wave = (index: number, period: number) => Math.sin((index / period) * 2 * Math.PI)
const rounded = (value: number) => Math.round(value * 100) / 100

const habits: readonly Habit[] = [
  {
    device: 'greenhouse-1',
    everyMs: minuteMs,
    values: (index) => ({
      temp: rounded(21 + 4 * wave(index, 240) + 0.4 * wave(index, 13)),
      humidity: rounded(55 + 12 * wave(index + 60, 200)),
      vent: index % 90 > 60,
    }),
    gap: [40, 60],
  },
  {
    device: 'pump-north',
    everyMs: minuteMs,
    values: (index) => ({
      flow: rounded(12 + 2 * wave(index, 40)),
      litres: 18_000 + index * 12,
      state: index % 50 < 40 ? 'running' : 'resting',
    }),
  },
  {
    device: 'meter-7',
    everyMs: 5 * minuteMs,
    values: (index) => ({ kwh: rounded(4_211 + index * 0.31), power: rounded(740 + 300 * wave(index, 70)) }),
  },
]

/** @param nowMs the newest reading; the others lie before it.
 *  @param prefix of the devices' names, for a hub in which another test has its own. */
export async function furnish(hub: HubProcess, nowMs: number, prefix = ''): Promise<void> {
  for (const { device, everyMs, values, gap: [from, to] = [0, 0] } of habits) {
    const all = Array.from({ length: readingsEach }, (_, index) => ({
      ts: nowMs - (readingsEach - 1 - index) * everyMs,
      values: values(index),
    }))
    const rows = all.filter((_, index) => index < from || index >= to)
    await hub.request('POST', `/devices/${prefix}${device}/telemetry`, rows)
  }
}
