// Values as cells of a CSV file, by the rule of `ackstone export` and `ackstone import`: what reads as a number, a
// truth value or JSON is one; text that would be misread stands as a JSON string, in its quotes.
import { parseExact, stringifyExact } from './exact-json.ts'

const int64Max = 2n ** 63n - 1n
const int64Min = -(2n ** 63n)

/** The value of a cell; undefined where it says that there is none. */
export function readCell(cell: string): unknown {
  if (cell === '' || cell === 'null' || cell === 'NaN') return undefined
  if (cell === 'true') return true
  if (cell === 'false') return false
  if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(cell)) return readNumber(cell)
  return /^["{[]/.test(cell) ? readJson(cell) : cell
}

function readNumber(cell: string): unknown {
  const value = Number(cell)
  if (/^-?\d+$/.test(cell) && !Number.isSafeInteger(value)) {
    const integer = BigInt(cell)
    if (integer >= int64Min && integer <= int64Max) return integer
  }
  return Number.isFinite(value) ? value : cell
}

function readJson(cell: string): unknown {
  try {
    return parseExact(cell)
  } catch (error) {
    if (error instanceof SyntaxError) return cell
    throw error
  }
}

export function writeCell(value: unknown): string {
  if (typeof value !== 'string') return stringifyExact(value)
  return readCell(value) === value ? value : JSON.stringify(value)
}

/** One line of CSV, RFC 4180, with its line end. */
export function csvLine(cells: readonly string[]): string {
  const quoted = cells.map((cell) =>
    /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell,
  )
  return `${quoted.join(',')}\n`
}

/** Longer cells are no telemetry. */
const cellLengthMax = 1_000_000

/** Takes CSV in pieces, as a file is read, and gives the rows that are whole. */
export class CsvReader {
  #cell = ''
  #row: string[] = []
  #isQuoted = false
  /** A quote in a quoted cell: the end of it, unless another follows. */
  #isAfterQuote = false
  readonly #separator: string

  constructor(separator: string) {
    this.#separator = separator
  }

  push(text: string): string[][] {
    const rows: string[][] = []
    for (const letter of text) this.#take(letter, rows)
    return rows
  }

  /** What is left when the file ends without a line end. */
  end(): string[][] {
    if (this.#cell === '' && this.#row.length === 0) return []
    const row = [...this.#row, this.#cell]
    this.#row = []
    this.#cell = ''
    return [row]
  }

  #take(letter: string, rows: string[][]): void {
    if (this.#isQuoted && !this.#isAfterQuote) {
      if (letter === '"') this.#isAfterQuote = true
      else this.#add(letter)
      return
    }
    if (this.#isAfterQuote) {
      this.#isAfterQuote = false
      if (letter === '"') {
        this.#add('"')
        return
      }
      this.#isQuoted = false
    }
    if (letter === '"' && this.#cell === '') this.#isQuoted = true
    else if (letter === this.#separator) {
      this.#row.push(this.#cell)
      this.#cell = ''
    } else if (letter === '\n') {
      rows.push([...this.#row, this.#cell])
      this.#row = []
      this.#cell = ''
    } else if (letter !== '\r') this.#add(letter)
  }

  #add(letter: string): void {
    if (this.#cell.length < cellLengthMax) this.#cell += letter
  }
}

/** What separates the cells of a heading: the one of comma, semicolon and tab that is there most. */
export function separatorOf(heading: string): string {
  const counted = [',', ';', '\t'].map((mark) => ({ mark, count: heading.split(mark).length }))
  return counted.toSorted((a, b) => b.count - a.count)[0]?.mark ?? ','
}
