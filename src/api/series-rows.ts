// Series as rows of text: one row for each moment, one column for each key. Several series are merged by time as they
// stream, never held.
import type { Value } from '../model/reading.ts'
import type { SeriesChunk } from '../storage/store.ts'

/** Text is handed on in pieces of about this many characters. */
const pieceLength = 64 * 1024

export interface Column {
  key: string
  chunks: AsyncIterable<SeriesChunk>
}

/** How a row becomes text. */
export interface RowForm {
  head(keys: readonly string[]): string
  /** @param cells in the order of the keys; undefined where a key has no reading at that moment. */
  row(ts: number, cells: readonly (Value | undefined)[]): string
}

/** @param limit rows at most. */
export async function* rowsText(
  form: RowForm,
  columns: readonly Column[],
  order: 'asc' | 'desc',
  limit: number,
): AsyncGenerator<string> {
  const series = columns.map(({ chunks }) => new Cursor(chunks[Symbol.asyncIterator]()))
  try {
    for (const cursor of series) await cursor.load()
    let piece = form.head(columns.map(({ key }) => key))
    for (let row = 0; row < limit; row++) {
      const ts = nextTs(series, order)
      if (ts === undefined) break
      const cells: (Value | undefined)[] = []
      for (const cursor of series) {
        const isHere = cursor.ts === ts
        cells.push(isHere ? cursor.value : undefined)
        if (isHere && cursor.advance()) await cursor.load()
      }
      piece += form.row(ts, cells)
      if (piece.length >= pieceLength) {
        yield piece
        piece = ''
      }
    }
    yield piece
  } finally {
    for (const cursor of series) await cursor.close()
  }
}

class Cursor {
  readonly #chunks: AsyncIterator<SeriesChunk>
  #chunk: SeriesChunk | undefined
  #at = 0

  constructor(chunks: AsyncIterator<SeriesChunk>) {
    this.#chunks = chunks
  }

  /** The time of the reading it stands at; undefined at the end. */
  get ts(): number | undefined {
    return this.#chunk?.ts[this.#at]
  }

  get value(): Value {
    return (this.#chunk as SeriesChunk).values[this.#at]
  }

  /** Whether the chunk is used up, so that `load` is due. */
  advance(): boolean {
    this.#at++
    return this.#at >= (this.#chunk?.count ?? 0)
  }

  async load(): Promise<void> {
    do {
      const next = await this.#chunks.next()
      this.#chunk = next.done === true ? undefined : next.value
      this.#at = 0
    } while (this.#chunk?.count === 0)
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }
}

function nextTs(series: readonly Cursor[], order: 'asc' | 'desc'): number | undefined {
  let next: number | undefined
  for (const { ts } of series) {
    if (ts === undefined) continue
    if (next === undefined || (order === 'asc' ? ts < next : ts > next)) next = ts
  }
  return next
}
