// The drawings of the three levels keep the contract that they explain.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { qosLevels, sequenceOf, type Course } from './qos-levels.ts'
import type { Qos } from './draft.ts'

const courses: Course[] = ['well', 'lost']

function labels(qos: Qos, course: Course): string[] {
  return sequenceOf(qos, course).map(({ label }) => label)
}

test('QoS 0 stands first: it is what is selected unless somebody selects', () => {
  assert.deepEqual(
    qosLevels.map(({ qos }) => qos),
    [0, 1, 2],
  )
})

test('I1: in every drawing of QoS 1 and 2 the store comes before the first answer', () => {
  for (const qos of [1, 2] as const) {
    for (const course of courses) {
      const steps = sequenceOf(qos, course)
      const stored = steps.findIndex(({ kind }) => kind === 'stored')
      const answer = steps.findIndex(
        ({ kind, label }) => (kind === 'answer' || kind === 'lost') && /PUBACK|PUBREC/.test(label),
      )
      assert.ok(stored >= 0 && answer > stored, `QoS ${qos}, ${course}`)
    }
  }
})

test('no answer is drawn at QoS 0', () => {
  for (const course of courses)
    assert.equal(
      sequenceOf(0, course).some(({ kind }) => kind === 'answer'),
      false,
    )
})

test('I3: a repeat at QoS 2 is drawn as stored once, at QoS 1 as the same row again', () => {
  assert.equal(sequenceOf(2, 'lost').filter(({ kind }) => kind === 'stored').length, 1)
  assert.ok(labels(1, 'lost').includes('the same row again'))
})
