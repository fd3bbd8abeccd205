// One open event stream: readings that arrive between two events are put together, so that a watcher gets
// a few events a second however much is stored. What exceeds an event, or a slow watcher, is counted.
import { Readable } from 'node:stream'
import type { Clock, Timer } from '../lib/clock.ts'
import { JsonText, type Value } from '../model/reading.ts'
import type { SeriesRun } from '../storage/store.ts'
import { timesText, valuesText } from './json-text.ts'

const eventIntervalMs = 100
const heartbeatMs = 15_000
/** Readings, and bytes of their values, that wait for one event. */
const readingsPerEventMax = 5_000
const bytesPerEventMax = 1024 * 1024

interface Column {
  device: string
  key: string
  ts: number[]
  values: Value[]
}

export class LiveStream extends Readable {
  readonly #clock: Clock
  readonly #onClosed: () => void
  readonly #columns = new Map<string, Column>()
  #count = 0
  #bytes = 0
  #skipped = 0
  #wantsMore = true
  #eventTimer: Timer | undefined
  #heartbeat: Timer | undefined

  constructor(clock: Clock, onClosed: () => void) {
    super({ encoding: 'utf8' })
    this.#clock = clock
    this.#onClosed = onClosed
    this.push(': readings follow once they are stored\n\n')
    this.#beatLater()
  }

  /** Takes what a commit stored; copies what it keeps. */
  add(runs: readonly SeriesRun[]): void {
    for (const run of runs) this.#addRun(run)
    this.#eventTimer ??= this.#clock.after(eventIntervalMs, () => {
      this.#eventTimer = undefined
      this.#sendEvent()
    })
  }

  #addRun({ device, key, ts, values }: SeriesRun): void {
    const id = `${device}\0${key}`
    let column = this.#columns.get(id)
    for (let i = 0; i < ts.length; i++) {
      if (this.#count >= readingsPerEventMax || this.#bytes >= bytesPerEventMax) {
        this.#skipped += ts.length - i
        return
      }
      if (column === undefined) {
        column = { device, key, ts: [], values: [] }
        this.#columns.set(id, column)
      }
      column.ts.push(ts[i])
      column.values.push(values[i])
      this.#count++
      this.#bytes += bytesOf(values[i])
    }
  }

  override _read(): void {
    this.#wantsMore = true
    if (this.#eventTimer === undefined) this.#sendEvent()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#eventTimer?.cancel()
    this.#heartbeat?.cancel()
    this.#columns.clear()
    this.#onClosed()
    done(error)
  }

  /** Ends the stream because the hub stops. */
  finish(): void {
    this.push(null)
    this.destroy()
  }

  #sendEvent(): void {
    if (!this.#wantsMore || (this.#count === 0 && this.#skipped === 0) || this.destroyed) return
    const series = Array.from(this.#columns.values(), columnText).join(',')
    const event = `event: readings\ndata: {"series":[${series}],"skipped":${this.#skipped}}\n\n`
    this.#columns.clear()
    this.#count = 0
    this.#bytes = 0
    this.#skipped = 0
    this.#wantsMore = this.push(event)
  }

  #beatLater(): void {
    this.#heartbeat = this.#clock.after(heartbeatMs, () => {
      if (this.#wantsMore) this.#wantsMore = this.push(': still here\n\n')
      this.#beatLater()
    })
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
