// Readings for an event stream: what several commits stored is put together by series. What exceeds an event is
// counted instead.
import { JsonText, type Value } from '../model/reading.ts'
import type { SeriesRun } from '../storage/store.ts'
import type { EventSource } from './event-stream.ts'
import { timesText, valuesText } from './json-text.ts'

/** Readings, and bytes of their values, that wait for one event. */
const readingsPerEventMax = 5_000
const bytesPerEventMax = 1024 * 1024

interface Column {
  device: string
  key: string
  ts: number[]
  values: Value[]
}

export class LiveReadings implements EventSource {
  readonly #columns = new Map<string, Column>()
  #count = 0
  #bytes = 0
  #skipped = 0

  /** Takes what a commit stored; copies what it keeps. */
  add(runs: readonly SeriesRun[]): void {
    for (const run of runs) this.#addRun(run)
  }

  #addRun({ device, key, ts, values }: SeriesRun): void {
    if (this.#isFull) {
      this.#skipped += ts.length
      return
    }
    const id = `${device}\0${key}`
    let column = this.#columns.get(id)
    if (column === undefined) {
      column = { device, key, ts: [], values: [] }
      this.#columns.set(id, column)
    }
    for (let i = 0; i < ts.length; i++) {
      if (this.#isFull) {
        this.#skipped += ts.length - i
        return
      }
      column.ts.push(ts[i])
      column.values.push(values[i])
      this.#count++
      this.#bytes += bytesOf(values[i])
    }
  }

  get #isFull(): boolean {
    return this.#count >= readingsPerEventMax || this.#bytes >= bytesPerEventMax
  }

  take(): { data: string } | undefined {
    if (this.#count === 0 && this.#skipped === 0) return undefined
    const series = Array.from(this.#columns.values(), columnText).join(',')
    const data = `{"series":[${series}],"skipped":${this.#skipped}}`
    this.#columns.clear()
    this.#count = 0
    this.#bytes = 0
    this.#skipped = 0
    return { data }
  }
}

/** JSON values may have line breaks between their members, which would end a `data:` line. */
function columnText({ device, key, ts, values }: Column): string {
  const names = `"device":${JSON.stringify(device)},"key":${JSON.stringify(key)}`
  const value = valuesText(values, 0, values.length).replace(/[\r\n]+/g, ' ')
  return `{${names},"ts":[${timesText({ ts, count: ts.length })}],"value":[${value}]}`
}

function bytesOf(value: Value): number {
  if (typeof value === 'string') return value.length * 2
  return value instanceof JsonText ? value.text.length * 2 : 8
}
