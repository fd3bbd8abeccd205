// Saves what the hub streams as a file, counting as it comes. The browser keeps the pieces, on its disk when they are
// many, and gives them out as one file at the end.
import { request } from './client.ts'

export interface DownloadState {
  bytes: number
  /** Lines so far, the heading left out. */
  rows: number
  isDone: boolean
}

interface Wanted {
  address: string
  accept: string
  name: string
  onProgress: (state: DownloadState) => void
  signal: AbortSignal
}

const newline = 10
/** Pieces are put together now and then: a few large parts instead of very many small ones. */
const gatheredBytes = 8_000_000
const progressMs = 100
const revokeMs = 60_000

/** @throws ApiError, AbortError */
export async function download({ address, accept, name, onProgress, signal }: Wanted): Promise<void> {
  const response = await request('GET', address, { accept, signal })
  // The first line of CSV is the heading.
  const state = { bytes: 0, rows: accept === 'text/csv' ? -1 : 0 }
  const parts: Blob[] = []
  let gathering: BlobPart[] = []
  let gathered = 0
  let saidAt = 0
  const reader = response.body?.getReader()
  for (;;) {
    const piece = await reader?.read()
    if (piece?.value === undefined) break
    gathering.push(piece.value)
    gathered += piece.value.length
    state.bytes += piece.value.length
    for (const byte of piece.value) if (byte === newline) state.rows += 1
    if (gathered >= gatheredBytes) {
      parts.push(new Blob(gathering))
      gathering = []
      gathered = 0
    }
    if (performance.now() - saidAt < progressMs) continue
    saidAt = performance.now()
    onProgress({ ...state, rows: Math.max(0, state.rows), isDone: false })
  }
  save(new Blob([...parts, ...gathering], { type: accept }), name)
  onProgress({ ...state, rows: Math.max(0, state.rows), isDone: true })
}

/** Saves text that is made piece by piece. @throws what the pieces throw */
export async function saveStream(pieces: AsyncIterable<string>, name: string, type: string): Promise<void> {
  const parts: Blob[] = []
  let gathering: string[] = []
  let gathered = 0
  for await (const piece of pieces) {
    gathering.push(piece)
    gathered += piece.length
    if (gathered < gatheredBytes) continue
    parts.push(new Blob(gathering))
    gathering = []
    gathered = 0
  }
  save(new Blob([...parts, ...gathering], { type }), name)
}

/** Hands a file to the browser's downloads. */
export function save(file: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), revokeMs)
}
