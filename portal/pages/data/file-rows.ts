// A file that somebody dropped, line by line, without holding it: as much of it is in memory as one piece of a read.
import { CsvReader, separatorOf } from './cells.ts'
import { guess, rowOfCells, rowOfJson, type BadRow, type Mapping, type Row } from './rows.ts'

const headBytes = 65_536

/** What the beginning of a file tells. */
export interface Head {
  columns: string[]
  mapping: Mapping
}

export async function headOf(file: File): Promise<Head> {
  const text = withoutMark(await file.slice(0, headBytes).text())
  if (text.trimStart().startsWith('{')) {
    const mapping: Mapping = { ...guess([], []), format: 'ndjson', layout: 'long', tsUnit: unitOfFirst(text) }
    return { columns: [], mapping }
  }
  const heading = text.split(/\r?\n/, 1)[0] ?? ''
  const [columns = [], first = []] = new CsvReader(separatorOf(heading)).push(text)
  return { columns, mapping: guess(columns, first) }
}

function unitOfFirst(text: string) {
  const time = /"ts"\s*:\s*(\d+)/.exec(text)?.[1] ?? ''
  return guess(['ts'], [time]).tsUnit
}

export interface Read {
  rows: (Row | BadRow)[]
  /** Bytes of the file that have been read. */
  bytes: number
}

/** Rows in the order of the file, piece by piece. */
export async function* readFile(file: File, { columns, mapping }: Head): AsyncGenerator<Read> {
  const decoder = new TextDecoder()
  const lines = mapping.format === 'csv' ? csvLines(file, columns, mapping) : jsonLines(mapping)
  const reader = file.stream().getReader()
  let bytes = 0
  for (;;) {
    const { value } = await reader.read()
    if (value === undefined) break
    const isFirst = bytes === 0
    bytes += value.length
    const text = decoder.decode(value, { stream: true })
    yield { rows: (await lines).push(isFirst ? withoutMark(text) : text), bytes }
  }
  yield { rows: (await lines).end(), bytes }
}

interface Lines {
  push: (text: string) => (Row | BadRow)[]
  end: () => (Row | BadRow)[]
}

async function csvLines(file: File, columns: readonly string[], mapping: Mapping): Promise<Lines> {
  const heading = withoutMark(await file.slice(0, headBytes).text()).split(/\r?\n/, 1)[0] ?? ''
  const reader = new CsvReader(separatorOf(heading))
  let line = 0
  const rowsOf = (records: string[][]) =>
    records.flatMap((cells) => {
      line += 1
      const isNothing = cells.length === 1 && cells[0] === ''
      return line === 1 || isNothing ? [] : [rowOfCells(line, columns, cells, mapping)]
    })
  return { push: (text) => rowsOf(reader.push(text)), end: () => rowsOf(reader.end()) }
}

function jsonLines(mapping: Mapping): Lines {
  let line = 0
  let rest = ''
  const rowsOf = (texts: string[]) =>
    texts.flatMap((text) => {
      line += 1
      return text.trim() === '' ? [] : [rowOfJson(line, text, mapping)]
    })
  return {
    push(text) {
      const texts = (rest + text).split('\n')
      rest = texts.pop() ?? ''
      return rowsOf(texts)
    },
    end: () => rowsOf([rest]),
  }
}

/** Some programs begin a file with a byte order mark. */
function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, '')
}
