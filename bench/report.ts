// The figures of a run as a table that is read in a terminal, and as JSON.
import { nameOf, type Load } from './load.ts'

/** One target under one load, the median of its rounds. */
export interface Row {
  load: Load
  target: string
  /** Messages per second with their last answer; at QoS 0, messages the server has read. */
  rate: number
  /** Messages per second whose readings were stored, from the first message of a round to the last answer,
   *  warm-up included; undefined: it stores none. */
  storedRate: number | undefined
  p50Ms: number | undefined
  p99Ms: number | undefined
  /** Seconds of the server's processor time for a million messages. */
  cpuPerMillion: number | undefined
  residentBytes: number | undefined
  bytesPerReading: number | undefined
  /** Share of the messages that were shed; only QoS 0 ever is. */
  shed: number | undefined
  /** Rate (stored rate, where there is one at QoS 0) ÷ that of the reference in the same run. */
  ratio: number | undefined
  rounds: number[]
  /** The rate comes so near to the generator's own that it may have been the generator that was measured. */
  isNearCeiling: boolean
}

/** A rate above this share of the generator's own is marked. */
const ceilingShare = 0.7

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

/** What counts for a comparison: at QoS 0 what was stored, where the server stores. */
function comparedRate(row: Row): number {
  return row.load.qos === 0 ? (row.storedRate ?? row.rate) : row.rate
}

/** Fills in what only the rows of one load together can tell. */
export function compare(rows: readonly Row[], reference: string): void {
  const base = rows.find((row) => row.target === reference)
  const ceiling = rows.find((row) => row.target === 'echo')
  for (const row of rows) {
    if (base !== undefined) row.ratio = comparedRate(row) / comparedRate(base)
    row.isNearCeiling = ceiling !== undefined && row !== ceiling && row.rate > ceilingShare * ceiling.rate
  }
}

export function table(rows: readonly Row[]): string {
  const head = [
    'load',
    'target',
    'msg/s',
    '÷ mosquitto',
    'stored/s',
    'shed',
    'p50',
    'p99',
    'CPU s/M',
    'RSS',
    'B/reading',
  ]
  const cells = rows.map((row) => [
    nameOf(row.load),
    row.target,
    `${row.isNearCeiling ? '*' : ''}${grouped(row.rate)}`,
    row.ratio === undefined ? '' : row.ratio.toFixed(2),
    row.storedRate === undefined ? '' : grouped(row.storedRate),
    row.shed === undefined || row.load.qos > 0 ? '' : `${Math.round(row.shed * 100)} %`,
    milliseconds(row.p50Ms),
    milliseconds(row.p99Ms),
    row.cpuPerMillion === undefined ? '' : row.cpuPerMillion.toFixed(2),
    row.residentBytes === undefined ? '' : `${Math.round(row.residentBytes / 2 ** 20)} MiB`,
    row.bytesPerReading === undefined ? '' : row.bytesPerReading.toFixed(1),
  ])
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => (line[column] ?? '').length)),
  )
  const print = (line: readonly string[]): string =>
    line
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return [print(head), ...cells.map(print)].join('\n')
}

function grouped(rate: number): string {
  return Math.round(rate).toLocaleString('en')
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? '' : `${value.toFixed(value < 10 ? 2 : 0)} ms`
}
