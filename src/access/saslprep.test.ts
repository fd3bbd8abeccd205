// The examples of RFC 4013, section 3, and one of each kind of character that its tables name.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { saslprep } from './saslprep.ts'

describe('SASLprep', () => {
  test('the examples of RFC 4013', () => {
    const cases: [given: string, prepared: string | undefined][] = [
      ['I\u00adX', 'IX'],
      ['user', 'user'],
      ['USER', 'USER'],
      ['\u00aa', 'a'],
      ['\u2168', 'IX'],
      ['\u0007', undefined],
      ['\u0627\u0031', undefined],
    ]
    for (const [given, prepared] of cases) assert.equal(saslprep(given), prepared)
  })

  test('spaces become one kind, and letters have one form', () => {
    assert.equal(saslprep('a\u00a0b\u3000c'), 'a b c')
    assert.equal(saslprep('e\u0301'), '\u00e9')
    assert.equal(saslprep('\uff21\ufb01'), 'Afi')
    assert.equal(saslprep('\u200d\ufeff'), '')
    assert.equal(saslprep('pass:word, 12/ü😀'), 'pass:word, 12/ü😀')
  })

  test('what does not belong in a name or password is refused', () => {
    const refused = ['\u0000', '\u007f', '\u0085', '\u2028', '\ue000', '\ufdd0', '\uffff', '\ud800', '\ufffd']
    refused.push('\u2ff0', '\u200e', '\u202e', '\u206a', '\u{e0001}', '\u{e0041}', '\u{1fffe}', '\u{1d173}')
    for (const each of refused) {
      assert.equal(saslprep(`a${each}b`), undefined, `U+${each.codePointAt(0)!.toString(16)}`)
    }
  })

  test('directions are not mixed', () => {
    assert.equal(saslprep('\u05d0\u05d1'), '\u05d0\u05d1')
    assert.equal(saslprep('\u05d01\u05d1'), '\u05d01\u05d1')
    for (const mixed of ['\u05d0a\u05d1', 'a\u05d0', '\u05d01', '1\u05d0'])
      assert.equal(saslprep(mixed), undefined)
  })
})
