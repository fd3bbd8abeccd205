// Measured data to look at, from the package vega-datasets: weather of NOAA, earthquakes of the USGS. Each
// source repeats with its period, so that every moment, also now, has its place in it; the same moment gives
// the same reading whenever the demo runs.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import type { PacketQos } from '../mqtt/packet.ts'
import { CommandFailure, exitCode } from './exit-code.ts'

export interface DemoRow {
  /** Within the period. */
  offsetMs: number
  values: Record<string, number | string>
}

export interface DemoSource {
  device: string
  qos: PacketQos
  /** What it is, for people. */
  description: string
  periodMs: number
  /** The beginning of one of its periods, milliseconds since the epoch. */
  anchorMs: number
  /** By offset, ascending. */
  rows: DemoRow[]
  /** How much of the past is sent first. */
  backfillMs: number
}

export interface DemoReading {
  ts: number
  values: DemoRow['values']
}

const secondMs = 1000
const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** @throws CommandFailure when the package is not installed. */
export function loadDemoSources(): DemoSource[] {
  const hourly = readCsv('seattle-weather-hourly-normals.csv')
  const normals = hourly.map((row) => numbers(row, ['temperature', 'pressure', 'wind']))
  return [
    {
      device: 'seattle-fast',
      qos: 0,
      description: 'the hourly weather of Seattle, an hour each second',
      periodMs: normals.length * secondMs,
      anchorMs: 0,
      rows: normals.map((values, at) => ({ offsetMs: at * secondMs, values })),
      backfillMs: hourMs,
    },
    {
      device: 'seattle-weather',
      qos: 1,
      description: 'the hourly weather of Seattle, a year of it',
      periodMs: normals.length * hourMs,
      anchorMs: Date.UTC(2010, 0, 1, 1),
      rows: normals.map((values, at) => ({ offsetMs: at * hourMs, values })),
      backfillMs: 365 * dayMs,
    },
    dailyWeather(),
    earthquakes(),
  ]
}

/** The readings of a source after one moment and up to another, in order. */
export function* readingsBetween(
  source: DemoSource,
  afterMs: number,
  upToMs: number,
): Generator<DemoReading> {
  const { periodMs, anchorMs, rows } = source
  const first = Math.floor((afterMs - anchorMs) / periodMs)
  const last = Math.floor((upToMs - anchorMs) / periodMs)
  for (let period = first; period <= last; period++) {
    const startMs = anchorMs + period * periodMs
    for (const { offsetMs, values } of rows) {
      const ts = startMs + offsetMs
      if (ts > afterMs && ts <= upToMs) yield { ts, values }
    }
  }
}

/** When the source has its next reading after a moment. */
export function nextMoment(source: DemoSource, afterMs: number): number {
  const { periodMs, anchorMs, rows } = source
  const startMs = anchorMs + Math.floor((afterMs - anchorMs) / periodMs) * periodMs
  const next = rows.find(({ offsetMs }) => startMs + offsetMs > afterMs)
  return next === undefined ? startMs + periodMs + rows[0]!.offsetMs : startMs + next.offsetMs
}

function dailyWeather(): DemoSource {
  const days = readCsv('weather.csv').filter((row) => row['location'] === 'New York')
  return {
    device: 'new-york-daily',
    qos: 1,
    description: 'the daily weather of New York, four years of it',
    periodMs: days.length * dayMs,
    anchorMs: Date.UTC(2012, 0, 1),
    rows: days.map((row, at) => ({
      offsetMs: at * dayMs,
      values: {
        ...numbers(row, ['temp_max', 'temp_min', 'precipitation', 'wind']),
        weather: row['weather']!,
      },
    })),
    backfillMs: 4 * 365 * dayMs,
  }
}

interface Earthquakes {
  features: {
    properties: { mag: number | null; place: string; time: number }
    geometry: { coordinates: [longitude: number, latitude: number, depth: number] }
  }[]
}

function earthquakes(): DemoSource {
  const periodMs = 7 * dayMs
  const anchorMs = Date.UTC(2018, 0, 31)
  const { features } = JSON.parse(readData('earthquakes.json')) as Earthquakes
  const rows = features.flatMap(({ properties: { mag, place, time }, geometry }) => {
    if (mag === null) return []
    const [longitude, latitude, depth] = geometry.coordinates
    const offsetMs = (((time - anchorMs) % periodMs) + periodMs) % periodMs
    return [{ offsetMs, values: { magnitude: mag, depth, latitude, longitude, place } }]
  })
  return {
    device: 'earthquakes',
    qos: 2,
    description: 'a week of earthquakes as they happen, about ten an hour',
    periodMs,
    anchorMs,
    rows: rows.toSorted((a, b) => a.offsetMs - b.offsetMs),
    backfillMs: periodMs,
  }
}

function readCsv(name: string): Record<string, string>[] {
  return parse(readData(name), { columns: true })
}

function readData(name: string): string {
  const require = createRequire(import.meta.url)
  try {
    // The package exports its program only; the data stand beside it.
    return readFileSync(join(require.resolve('vega-datasets'), '..', '..', 'data', name), 'utf8')
  } catch (error) {
    throw new CommandFailure(
      exitCode.failure,
      `The measured data of the demo are not there: ${(error as Error).message.split('\n')[0]}.`,
      'Run `npm install vega-datasets`, or start without --demo.',
      error,
    )
  }
}

function numbers(row: Record<string, string>, names: string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, Number(row[name])]))
}
