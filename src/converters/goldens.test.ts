import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { outcomeOf, readGoldens } from '../../test/goldens.ts'
import { createConverter } from './create-converter.ts'
import { converterTypes } from './kinds.ts'
import { ScratchConversation } from './scratch-conversation.ts'

const goldens = readGoldens()
/** Kinds with tests of their own: the first ones, and the one that is no convention. */
const older = ['json', 'assetwolf', 'thingsboard', 'thingsboard-gateway', 'value', 'script']

for (const golden of goldens) {
  describe(`${golden.name}, ${golden.about}`, () => {
    const converter = createConverter(golden.converter)
    const conversation = new ScratchConversation()
    for (const [i, message] of golden.messages.entries()) {
      const { readings, nulls, leftOut, error, requests } = message
      test(`message ${i} on ${message.topic}`, () => {
        const expected = { readings, nulls, leftOut, error, requests }
        const present = Object.fromEntries(
          Object.entries(expected).filter(([, value]) => value !== undefined),
        )
        assert.deepEqual(outcomeOf(converter, golden, message, conversation), present)
      })
    }
  })
}

test('every convention has golden files', () => {
  const covered = new Set(goldens.map(({ converter }) => converter.type))
  assert.deepEqual(
    converterTypes.filter((type) => !covered.has(type) && !older.includes(type)),
    [],
  )
})
