// Rows of series as lines of JSON, in the form that the converter `json` reads: what was exported can be sent again.
import type { Value } from '../model/reading.ts'
import { objectText, valueText } from './json-text.ts'
import type { RowForm } from './series-rows.ts'
import { millisecondsText } from './time.ts'

/** One form for each answer: it remembers the keys. */
export function ndjsonRows(): RowForm {
  let names: readonly string[] = []
  return {
    head(keys) {
      names = keys
      return ''
    },
    row(ts, cells) {
      const members = cells.flatMap((value: Value | undefined, i) =>
        value === undefined ? [] : [[names[i]!, valueText(value).replace(/[\r\n]+/g, ' ')] as const],
      )
      return `{"ts":${millisecondsText(ts)},"values":${objectText(members)}}\n`
    },
  }
}
