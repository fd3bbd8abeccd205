// The tables of docs/reference/converters.md that show topics, payloads and readings are true.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { decodedBy, messageOf } from '../../test/decoded.ts'
import { createConverter } from './create-converter.ts'
import { converterTypes } from './kinds.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/reference/converters.md'), 'utf8')
const header = '| topic | payload | readings |'
const cell = /^`(.*)`$/s

for (const section of page.split(/^## /m)) {
  const type = section.slice(0, section.indexOf('\n'))
  const at = section.indexOf(header)
  if (!converterTypes.includes(type) || at === -1) continue
  const table = section.slice(at).split('\n\n')[0]
  describe(`the examples of ${type}`, () => {
    for (const line of table.split('\n').slice(2)) {
      const [topic, payload, shown] = line.slice(2, -2).split(' | ')
      test(line.slice(0, 100), () => {
        const text = cell.exec(payload)?.[1] ?? assert.fail('a payload stands in backquotes')
        const bytes = text.startsWith('hex ')
          ? Buffer.from(text.slice(4).replaceAll(' ', ''), 'hex')
          : Buffer.from(text)
        const message = { ...messageOf({ payload: bytes }), topic: cell.exec(topic)?.[1] ?? '' }
        const captures = { device: undefined, key: undefined }
        const result = decodedBy((out) => createConverter({ type }).decode(message, captures, out))
        assert.ok('rows' in result, JSON.stringify(result))
        const rows = result.rows.map(
          ([device, key, , value]) => `\`${device}\` \`${key}\` = \`${JSON.stringify(value)}\``,
        )
        assert.equal(rows.join('; ') || 'nothing', shown)
      })
    }
  })
}
