// Writes series as columnar JSON, piece by piece. A column of times is sent while it is read; the values
// that belong to it are held until then, in their compact form and only so many bytes of them.
import { JsonText } from '../model/reading.ts'
import type { SeriesChunk } from '../storage/store.ts'
import { millisecondsText } from './time.ts'
import { objectText, timesText, valuesText } from './json-text.ts'
import type { Chunks, SeriesRequest } from './series-query.ts'

/** Values held for one key; beyond it the column ends and `continues` says where to go on. */
export const heldBytesMax = 64 * 1024 * 1024
/** Values are turned into text in parts of this many. */
const valuesPerPiece = 4_096

interface Column {
  held: { values: SeriesChunk['values']; count: number }[]
  /** The time from which another query goes on; undefined when the column is whole. */
  nextTs: number | undefined
}

export async function* seriesJson(
  request: Pick<SeriesRequest, 'keys' | 'order'>,
  chunks: Chunks,
  bytesMax: number = heldBytesMax,
): AsyncGenerator<string> {
  const continues: [key: string, text: string][] = []
  let opening = '{"series":{'
  for (const key of request.keys) {
    yield `${opening}${JSON.stringify(key)}:{"ts":[`
    opening = ','
    const column: Column = { held: [], nextTs: undefined }
    yield* timePieces(chunks(key), request.order, bytesMax, column)
    yield '],"value":['
    yield* valuePieces(column)
    yield ']}'
    if (column.nextTs !== undefined) continues.push([key, millisecondsText(column.nextTs)])
  }
  if (request.keys.length === 0) yield opening
  yield continues.length === 0 ? '}}' : `},"continues":${objectText(continues)}}`
}

async function* timePieces(
  chunks: AsyncIterable<SeriesChunk>,
  order: 'asc' | 'desc',
  bytesMax: number,
  column: Column,
): AsyncGenerator<string> {
  let bytes = 0
  let separator = ''
  for await (const chunk of chunks) {
    if (chunk.count === 0) continue
    if (bytes > bytesMax) {
      column.nextTs = order === 'asc' ? chunk.ts[0] : chunk.ts[0] + 1
      return
    }
    column.held.push({ values: chunk.values.slice(0, chunk.count), count: chunk.count })
    bytes += bytesOf(chunk)
    yield separator + timesText(chunk)
    separator = ','
  }
}

function* valuePieces({ held }: Column): Generator<string> {
  let separator = ''
  for (const { values, count } of held) {
    for (let start = 0; start < count; start += valuesPerPiece) {
      yield separator + valuesText(values, start, Math.min(start + valuesPerPiece, count))
      separator = ','
    }
  }
}

/** About what the values of a chunk take in memory. */
function bytesOf({ values, count }: SeriesChunk): number {
  if (values instanceof Float64Array) return count * 8
  let bytes = 0
  for (let i = 0; i < count; i++) {
    const value = values[i]
    bytes += 16
    if (typeof value === 'string') bytes += value.length * 2
    else if (value instanceof JsonText) bytes += value.text.length * 2
  }
  return bytes
}
