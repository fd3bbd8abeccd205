// Tables of payloads as tests: what a converter makes of them, or why it doesn't.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Converter } from '../src/converters/converter.ts'
import { decoded, type MessageParts, type Row } from './decoded.ts'

export const onDevice = { device: 'd' }
export const onKey = { device: 'd', key: 'k' }

/** What a converter takes; a text alone is a payload on the topic of device `d`. */
type Case = [title: string, parts: MessageParts | string, rows: Row[], nulls?: number]

export function accepts(converter: Converter, cases: Case[]): void {
  for (const [title, parts, rows, nulls = 0] of cases) {
    test(title, () => {
      const message = typeof parts === 'string' ? { payload: parts, captures: onDevice } : parts
      assert.deepEqual(decoded(converter, message), { rows, nulls })
    })
  }
}

type Refusal = [parts: MessageParts | string, code: string, sentence: string]

export function refuses(converter: Converter, refusals: Refusal[]): void {
  for (const [parts, code, sentence] of refusals) {
    const message = typeof parts === 'string' ? { payload: parts, captures: onDevice } : parts
    test(`I6: ${String(message.payload).slice(0, 60)} is rejected as ${code}`, () => {
      assert.deepEqual(decoded(converter, message), { code, sentence })
    })
  }
}
