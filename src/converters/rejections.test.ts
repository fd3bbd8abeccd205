import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { deviceBytesMax, keyBytesMax, valueBytesMax } from '../model/reading.ts'
import { converterTypes } from './kinds.ts'
import { ConversionError } from './converter.ts'
import { jsonDepthMax, keysPerObjectMax, payloadBytesMax, refusedKeys } from './json-reader.ts'
import { faultsMax } from './line-protocol/line-protocol.ts'
import { readingsPerMessageMax } from './readings.ts'
import { quoted, reject, rejectionSentences } from './rejections.ts'
import { metricsMax } from './sparkplug/payload.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/reference/converters.md'), 'utf8')

describe('the page of converters', () => {
  test('has every code of a rejection with its sentence, and no other', () => {
    const section = page.slice(page.indexOf('## Rejections'))
    const rows = [...section.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)].map(([, code, sentence]) => [
      code,
      sentence,
    ])
    assert.deepEqual(rows, Object.entries(rejectionSentences))
  })

  test('has a section for every type', () => {
    const sections = [...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title)
    assert.deepEqual(
      sections.filter((title) => (converterTypes as readonly string[]).includes(title)),
      converterTypes,
    )
  })

  test('tells the limits as they are', () => {
    const limits = [payloadBytesMax, readingsPerMessageMax, keysPerObjectMax, valueBytesMax]
    limits.push(faultsMax, metricsMax)
    for (const limit of limits) assert.ok(page.includes(limit.toLocaleString('en')), String(limit))
    for (const limit of [`${jsonDepthMax} levels`, `1 to ${deviceBytesMax}`, `1 to ${keyBytesMax}`]) {
      assert.ok(page.includes(limit), limit)
    }
    for (const key of refusedKeys) assert.ok(page.includes(`\`${key}\``), key)
  })
})

test('every code can happen', () => {
  const own = sourceIn(import.meta.dirname)
  const ofScripts = sourceIn(join(import.meta.dirname, '../scripts'))
  for (const code of Object.keys(rejectionSentences)) {
    const isOfScripts = code.startsWith('script_') && ofScripts.includes(`'${code}'`)
    assert.ok(isOfScripts || new RegExp(`\\b(?:reject|rejection)\\(\\s*'${code}'`).test(own), code)
  }
})

test('texts from payloads are escaped and cut short in sentences', () => {
  assert.equal(quoted('a"\n\0'), '"a\\"\\n\\u0000"')
  assert.equal(quoted('x'.repeat(1000)), `"${'x'.repeat(64)}…"`)
  assert.throws(
    () => reject('not_finite', { what: '{most}' }),
    (error) => error instanceof ConversionError && error.message.startsWith('{most} is not'),
  )
})

function sourceIn(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
}
