// Values as cells of a CSV file. CSV has no types, so there is one rule both ways: what reads as a number, a
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
  if (/^["{[]/.test(cell)) return readJson(cell)
  return cell
}

export function writeCell(value: unknown): string {
  if (typeof value !== 'string') return stringifyExact(value)
  return readCell(value) === value ? value : JSON.stringify(value)
}

/** One line of CSV, RFC 4180, with its line end. */
export function csvLine(cells: readonly string[]): string {
  const quoted = cells.map((cell) => {
    return /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
  })
  return `${quoted.join(',')}\n`
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
