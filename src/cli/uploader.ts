// Rows on their way into the hub: in batches by device, several devices at a time, one batch of a device
// after the other so that the last of two rows with the same moment stays. Every row carries its own time,
// so sending one again changes nothing.
import { operations } from '../api/contract.ts'
import { ApiRefusal, type Api } from './api-client.ts'
import { CommandFailure, exitCode } from './exit-code.ts'
import { stringifyExact } from './exact-json.ts'
import type { BadRow, Row } from './rows.ts'
import { pause, type Terminal } from './terminal.ts'
import { rfc3339 } from './time.ts'

const batchBytesMax = 256 * 1024
/** Rows held here at most, of all devices; reading the file waits for room. */
const rowsHeldMax = 20_000
/** A hub that is away or can't store is tried again for so long. */
const retryForMs = 30_000
const retryDelayMsMax = 4000
/** Below it, a number of milliseconds could as well be one of seconds. */
const secondsBelowUs = 1e14

interface Batch {
  device: string
  rows: Row[]
  bodies: string[]
  bytes: number
}

export class Uploader {
  readonly #api: Api
  readonly #terminal: Terminal
  readonly #batchRows: number
  readonly #concurrency: number
  readonly #onBad: (row: BadRow) => void
  readonly #filling = new Map<string, Batch>()
  readonly #ready: Batch[] = []
  readonly #busy = new Set<string>()
  /** Batches that are not stored yet. */
  readonly #held = new Set<Batch>()
  #lastLine = 0
  #rowsHeld = 0
  #wake: () => void = () => undefined
  /** Rows and readings that the hub has stored. */
  rows = 0
  readings = 0
  failure: Error | undefined

  constructor(
    api: Api,
    terminal: Terminal,
    limits: { batchRows: number; concurrency: number },
    onBad: (row: BadRow) => void,
  ) {
    this.#api = api
    this.#terminal = terminal
    this.#batchRows = limits.batchRows
    this.#concurrency = limits.concurrency
    this.#onBad = onBad
  }

  /** Takes a row; resolves when there is room for the next. */
  async add(row: Row): Promise<void> {
    const batch = this.#filling.get(row.device) ?? { device: row.device, rows: [], bodies: [], bytes: 0 }
    this.#filling.set(row.device, batch)
    this.#held.add(batch)
    this.#lastLine = row.line
    const body = stringifyExact({ ts: tsOf(row.tsUs), values: row.values })
    batch.rows.push(row)
    batch.bodies.push(body)
    batch.bytes += body.length
    this.#rowsHeld++
    if (batch.rows.length >= this.#batchRows || batch.bytes >= batchBytesMax) this.#close(batch)
    if (this.#rowsHeld >= rowsHeldMax) {
      this.#closeAll()
      await this.#until(() => this.#rowsHeld < rowsHeldMax / 2)
    }
  }

  /** All rows up to this line of the file are stored, or bad. */
  get storedLine(): number {
    let line = this.#lastLine
    for (const { rows } of this.#held) line = Math.min(line, rows[0]!.line - 1)
    return line
  }

  /** Sends what is held; resolves when everything is stored, bad, or has failed. */
  async finish(): Promise<void> {
    this.#closeAll()
    await this.#until(() => this.#rowsHeld === 0)
  }

  #closeAll(): void {
    for (const batch of this.#filling.values()) this.#close(batch)
  }

  #close(batch: Batch): void {
    this.#filling.delete(batch.device)
    this.#ready.push(batch)
    this.#pump()
  }

  #pump(): void {
    while (this.#busy.size < this.#concurrency && this.failure === undefined) {
      const at = this.#ready.findIndex(({ device }) => !this.#busy.has(device))
      if (at === -1) return
      const [batch] = this.#ready.splice(at, 1)
      this.#busy.add(batch!.device)
      this.#send(batch!)
        .catch((error: Error) => void (this.failure ??= error))
        .finally(() => this.#done(batch!))
        .catch((error: Error) => void (this.failure ??= error))
    }
  }

  #done(batch: Batch): void {
    this.#busy.delete(batch.device)
    this.#rowsHeld -= batch.rows.length
    this.#pump()
    this.#wake()
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds() && (this.failure === undefined || this.#busy.size > 0)) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      await promise
    }
  }

  async #send(batch: Batch): Promise<void> {
    await this.#store(batch.device, batch.rows, batch.bodies)
    this.#held.delete(batch)
  }

  /** A batch that the hub can't read is halved until the rows at fault stand alone. */
  async #store(device: string, rows: Row[], bodies: string[]): Promise<void> {
    try {
      const { readings } = await this.#post(device, `[${bodies.join(',')}]`)
      this.rows += rows.length
      this.readings += readings
    } catch (error) {
      if (!(error instanceof ApiRefusal) || ![400, 413, 422].includes(error.status)) throw error
      if (rows.length === 1) {
        this.#onBad({ line: rows[0]!.line, reason: error.problem.detail ?? error.message })
        return
      }
      const half = rows.length >> 1
      await this.#store(device, rows.slice(0, half), bodies.slice(0, half))
      await this.#store(device, rows.slice(half), bodies.slice(half))
    }
  }

  async #post(device: string, body: string): Promise<{ readings: number }> {
    const startMs = performance.now()
    for (let delayMs = 100; ; delayMs = Math.min(delayMs * 2, retryDelayMsMax)) {
      try {
        return await this.#api.call(operations.postTelemetry, { params: { device }, body })
      } catch (error) {
        const isAway = error instanceof CommandFailure && error.exitCode === exitCode.cannotConnect
        const isPassing = isAway || (error instanceof ApiRefusal && error.isPassing)
        const isLate = performance.now() - startMs + delayMs > retryForMs
        if (!isPassing || isLate || this.#terminal.signal.aborted) throw error
      }
      await pause(this.#terminal, delayMs)
    }
  }
}

/** The hub takes small numbers for seconds, so the years around 1970 are written out. */
function tsOf(us: number): number | string {
  return Math.abs(us) < secondsBelowUs ? rfc3339(us) : us / 1000
}
