// Stores rows of a file through the API: the rows of a device together and in their order, a few devices at a time.
// A row that the hub can't take is found among the others and told; a hub that is away is waited for.
import { call } from '../../data/client.ts'
import { ApiError } from '../../data/problem.ts'
import { stringifyExact } from './exact-json.ts'
import { readFile, type Head } from './file-rows.ts'
import type { BadRow, Row } from './rows.ts'

const rowsPerRequest = 500
const atOnce = 4
const waitFirstMs = 500
const waitMaxMs = 10_000
const triesMax = 30
/** Bad rows that are remembered with their reasons. */
export const badRowsMax = 1_000

export interface UploadState {
  bytes: number
  rows: number
  readings: number
  bad: number
  badRows: BadRow[]
  /** The hub is away and is waited for. */
  isWaiting: boolean
}

export const uploadStart: UploadState = {
  bytes: 0,
  rows: 0,
  readings: 0,
  bad: 0,
  badRows: [],
  isWaiting: false,
}

/** Calls `onState` as it goes on. @throws ApiError for what no repetition mends, AbortError */
export async function upload(
  file: File,
  head: Head,
  onState: (state: UploadState) => void,
  signal: AbortSignal,
): Promise<void> {
  const state: UploadState = { ...uploadStart, badRows: [] }
  const say = () => onState({ ...state, badRows: [...state.badRows] })
  const isBad = (row: BadRow) => {
    state.bad += 1
    if (state.badRows.length < badRowsMax) state.badRows.push(row)
  }
  for await (const { rows, bytes } of readFile(file, head)) {
    for (const row of rows) if ('reason' in row) isBad(row)
    const batches = batchesOf(rows.filter((row): row is Row => !('reason' in row)))
    await eachInTurn(batches, async (batch) => {
      await store(batch, { state, say, isBad, signal })
      say()
    })
    state.bytes = bytes
    say()
  }
}

/** Rows by device, each device's in parts that fit one request. */
function batchesOf(rows: readonly Row[]): Row[][][] {
  const devices = Map.groupBy(rows, ({ device }) => device)
  return Array.from(devices.values(), (own) => {
    const parts: Row[][] = []
    for (let at = 0; at < own.length; at += rowsPerRequest) parts.push(own.slice(at, at + rowsPerRequest))
    return parts
  })
}

/** Devices side by side, a few at a time; the parts of one device one after another. */
async function eachInTurn(devices: Row[][][], run: (batch: Row[]) => Promise<void>): Promise<void> {
  const waiting = devices.values()
  const worker = async () => {
    for (const parts of waiting) for (const part of parts) await run(part)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

interface Work {
  state: UploadState
  say: () => void
  isBad: (row: BadRow) => void
  signal: AbortSignal
}

async function store(rows: Row[], work: Work): Promise<void> {
  const [first] = rows
  if (first === undefined) return
  const body = stringifyExact(rows.map(({ ts, values }) => ({ ts, values })))
  try {
    const { readings } = await repeated(() => send(first.device, body, work.signal), work)
    work.state.rows += rows.length
    work.state.readings += readings
  } catch (error) {
    const isAboutRows = error instanceof ApiError && [400, 413, 422].includes(error.problem.status)
    if (!isAboutRows) throw error
    if (rows.length === 1) return work.isBad({ line: first.line, reason: error.problem.detail })
    const half = Math.ceil(rows.length / 2)
    await store(rows.slice(0, half), work)
    await store(rows.slice(half), work)
  }
  return undefined
}

function send(device: string, body: string, signal: AbortSignal) {
  return call('postTelemetry', { params: { device }, body, signal })
}

/** Again and again while the hub is away or busy; the same rows twice are the same rows. */
async function repeated<T>(run: () => Promise<T>, { state, say, signal }: Work): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      const done = await run()
      state.isWaiting = false
      return done
    } catch (error) {
      const status = error instanceof ApiError ? error.problem.status : -1
      if (!(status === 0 || status === 429 || status >= 500) || tries === triesMax) throw error
      state.isWaiting = true
      say()
      await pause(Math.min(waitFirstMs * 2 ** (tries - 1), waitMaxMs), signal)
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new DOMException('The import was stopped.', 'AbortError'))
    })
  })
}
