// Rows of series as CSV (RFC 4180): empty where a key has no reading at that moment.
import { JsonText, type Value } from '../model/reading.ts'
import { numberText } from './json-text.ts'
import type { RowForm } from './series-rows.ts'
import { millisecondsText } from './time.ts'

export const csvRows: RowForm = {
  head: (keys) => `${['ts', ...keys.map(field)].join(',')}\r\n`,
  row: (ts, cells) => {
    let row = millisecondsText(ts)
    for (const value of cells) row += value === undefined ? ',' : `,${valueField(value)}`
    return `${row}\r\n`
  },
}

function valueField(value: Value): string {
  if (typeof value === 'number') return numberText(value)
  if (typeof value === 'string') return value === '' ? '""' : field(value)
  return value instanceof JsonText ? field(value.text) : String(value)
}

/** Quoted where a comma, a quote or a line break would be misread. */
function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
