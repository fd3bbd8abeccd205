// Compares the rows of an imported file with what the hub gives back: first count and checksum of each series, and
// where they differ each row, since the hub may hold others in between.
import { crc32 } from 'node:zlib'
import type { Api } from './api-client.ts'
import { stringifyExact } from './exact-json.ts'
import type { BadRow, Row } from './rows.ts'
import { pagesOf } from './series-pages.ts'

/** Rows of differing series that are looked up together. */
const pendingMax = 20_000
/** Differing rows that are kept by name, and counted. */
const differencesMax = 100_000
/** Checksums of rows are added up below this. */
const sumModulus = 2 ** 48

interface Sums {
  device: string
  key: string
  count: number
  sum: number
  firstUs: number
  lastUs: number
}

export interface Difference {
  device: string
  key: string
  tsUs: number
  /** What the hub has instead; undefined: nothing. */
  stored: string | undefined
}

const usOf = (ms: number): number => Math.round(ms * 1000)
const msText = (us: number): string => (us / 1000).toFixed(3)
const sumOf = (us: number, text: string): number => crc32(`${us} ${text}`)

export class StoredRows {
  readonly #api: Api
  readonly #series = new Map<string, Sums>()
  /** Lines that the hub or the reader of the file refused: they are told of already. */
  readonly #badLines = new Set<number>()
  #pending = new Map<string, Map<number, string>>()
  #pendingCount = 0
  readonly #differences = new Map<string, Difference>()
  /** Series compared, for the bar. */
  compared = 0
  seriesCount = 0

  constructor(api: Api) {
    this.#api = api
  }

  bad({ line }: BadRow): void {
    this.#badLines.add(line)
  }

  /** Notes a row of the file. */
  add({ device, tsUs, values }: Row): void {
    for (const [key, value] of Object.entries(values)) {
      const name = `${device}\0${key}`
      let sums = this.#series.get(name)
      if (sums === undefined) {
        sums = { device, key, count: 0, sum: 0, firstUs: tsUs, lastUs: tsUs }
        this.#series.set(name, sums)
        this.seriesCount++
      }
      sums.count++
      sums.sum = (sums.sum + sumOf(tsUs, stringifyExact(value))) % sumModulus
      if (tsUs < sums.firstUs) sums.firstUs = tsUs
      if (tsUs > sums.lastUs) sums.lastUs = tsUs
    }
  }

  /** Compares all that was noted.
   *  @param rowsAgain reads the file once more; undefined where it can't be.
   *  @returns what differs. @throws CommandFailure when the hub does not answer. */
  async compare(rowsAgain: (() => AsyncIterable<Row | BadRow>) | undefined): Promise<Difference[]> {
    for (const [name, sums] of this.#series) {
      if (await this.#isSame(sums)) this.#series.delete(name)
      this.compared++
    }
    if (this.#series.size === 0) return []
    if (rowsAgain === undefined) {
      return [...this.#series.values()].map(({ device, key, firstUs }) => {
        return { device, key, tsUs: firstUs, stored: 'other rows as well, and the file can’t be read again' }
      })
    }
    for await (const row of rowsAgain()) {
      if ('reason' in row || this.#badLines.has(row.line)) continue
      for (const [key, value] of Object.entries(row.values)) {
        const name = `${row.device}\0${key}`
        if (!this.#series.has(name)) continue
        const rows = this.#pending.get(name) ?? new Map<number, string>()
        this.#pending.set(name, rows)
        // Of two rows with one moment the last stays.
        rows.set(row.tsUs, stringifyExact(value))
        if (++this.#pendingCount >= pendingMax) await this.#compareRows()
      }
    }
    await this.#compareRows()
    return [...this.#differences.values()]
  }

  async #isSame({ device, key, count, sum, firstUs, lastUs }: Sums): Promise<boolean> {
    let stored = 0
    let storedSum = 0
    const range = { startTs: msText(firstUs), endTs: msText(lastUs + 1) }
    for await (const { ts, value } of pagesOf(this.#api, device, key, range)) {
      stored += ts.length
      if (stored > count) return false
      for (const [i, ms] of ts.entries()) {
        storedSum = (storedSum + sumOf(usOf(ms), stringifyExact(value[i]))) % sumModulus
      }
    }
    return stored === count && storedSum === sum
  }

  async #compareRows(): Promise<void> {
    const pending = this.#pending
    this.#pending = new Map()
    this.#pendingCount = 0
    for (const [name, rows] of pending) {
      const { device, key } = this.#series.get(name)!
      const times = [...rows.keys()]
      const first = times.reduce((a, b) => Math.min(a, b))
      const last = times.reduce((a, b) => Math.max(a, b))
      const found = new Map<number, string>()
      const range = { startTs: msText(first), endTs: msText(last + 1) }
      for await (const { ts, value } of pagesOf(this.#api, device, key, range)) {
        for (const [i, ms] of ts.entries()) {
          if (rows.has(usOf(ms))) found.set(usOf(ms), stringifyExact(value[i]))
        }
      }
      for (const [tsUs, text] of rows) {
        const place = `${name}\0${tsUs}`
        const stored = found.get(tsUs)
        if (stored === text) this.#differences.delete(place)
        else if (this.#differences.size < differencesMax)
          this.#differences.set(place, { device, key, tsUs, stored })
      }
    }
  }
}
