import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { topicFilter, topicName } from '../../test/fixtures/packets/arbitrary.ts'
import {
  captures,
  isTopicFilter,
  isTopicName,
  matches,
  overlap,
  parseNamedFilter,
  parseSharedFilter,
  type NamedFilter,
} from './topic.ts'

const longest = 'ü'.repeat(32_767)

describe('topic names and filters', () => {
  test('MQTT-4.7.3-1: a topic name has at least one character, MQTT-4.7.0-1: and no wildcard', () => {
    for (const name of ['a', '/', ' ', 'a/b', '$SYS', '{x}', 'ü', longest, `${longest}a`]) {
      assert.ok(isTopicName(name), name.slice(0, 20))
    }
    for (const name of ['', '+', '#', 'a/+/b', 'a/#', 'a+', 'a\0b', '\ud800', 'a\udc00', `${longest}ab`]) {
      assert.ok(!isTopicName(name), name.slice(0, 20))
    }
  })

  test('MQTT-4.7.1-1, MQTT-4.7.1-2: wildcards are whole levels, # the last', () => {
    for (const filter of ['#', '+', '+/+', '/#', 'a/+', '+/a', 'a/+/#', '//', longest]) {
      assert.ok(isTopicFilter(filter), filter.slice(0, 20))
    }
    for (const filter of [
      '',
      'a#',
      'a/b#',
      '#/',
      '#/a',
      'a/#/b',
      'a+',
      '+a',
      'a/+b',
      '++',
      '+#',
      '\0',
      '\udfff',
    ]) {
      assert.ok(!isTopicFilter(filter), filter)
    }
    assert.ok(!isTopicFilter(`${longest}ab`))
  })
})

describe('matches', () => {
  const pairs: [filter: string, topic: string, isMatch: boolean][] = [
    ['a/b', 'a/b', true],
    ['a/b', 'a/B', false],
    ['a', 'ab', false],
    ['ab', 'a', false],
    ['a/b', 'a', false],
    ['a', 'a/b', false],
    ['+', 'a', true],
    ['+', 'a/b', false],
    ['+', '/a', false],
    ['/+', '/a', true],
    ['+/+', '/a', true],
    ['a/+', 'a/', true],
    ['a/+', 'a', false],
    ['a/+/c', 'a/b/c', true],
    ['a/+/c', 'a//c', true],
    ['#', 'a', true],
    ['#', '/', true],
    ['a/#', 'a', true],
    ['a/#', 'a/', true],
    ['a/#', 'a/b/c', true],
    ['a/#', 'ab', false],
    ['a/+/#', 'a', false],
    ['a/+/#', 'a/b', true],
    ['+/#', 'a', true],
    ['/', '/', true],
    ['/', 'a/', false],
    ['a/b/', 'a/b', false],
  ]
  for (const [filter, topic, isMatch] of pairs) {
    test(`${filter} ${isMatch ? 'matches' : 'does not match'} ${topic}`, () => {
      assert.equal(matches(filter, topic), isMatch)
    })
  }

  test('MQTT-4.7.2-1: a wildcard in front does not reach $ topics', () => {
    for (const filter of ['#', '+/x', '+/#']) assert.ok(!matches(filter, '$SYS/x'))
    for (const filter of ['$SYS/#', '$SYS/+', '$SYS/x']) assert.ok(matches(filter, '$SYS/x'))
    assert.ok(matches('+/$SYS', 'a/$SYS'))
  })

  test('agrees with a regular expression', () => {
    fc.assert(
      fc.property(topicFilter, topicName, (filter, topic) => {
        assert.equal(matches(filter, topic), asExpression(filter).test(topic))
      }),
      { numRuns: 3000 },
    )
  })
})

function asExpression(filter: string): RegExp {
  const parts = filter.split('/').map((level) => {
    if (level === '+') return '[^/]*'
    return level === '#' ? '.*' : level.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  })
  const body = parts.join('/').replace(/\/\.\*$/, '(/.*)?')
  return new RegExp(`^${/^[+#]/.test(filter) ? '(?!\\$)' : ''}${body}$`, 's')
}

describe('overlap', () => {
  test('two filters overlap where one topic name matches both', () => {
    for (const [a, b, expected] of [
      ['a/b', 'a/b', true],
      ['a/+', '+/b', true],
      ['a/#', 'a', true],
      ['#', 'a/b/c', true],
      ['a/+/c', 'a/b/#', true],
      ['a/+', 'a/b/c', false],
      ['a/b', 'a/c', false],
      ['a/+/c', '+/b/d', false],
    ] as const) {
      assert.equal(overlap(a, b), expected, `${a} and ${b}`)
      assert.equal(overlap(b, a), expected, `${b} and ${a}`)
    }
  })

  test('whatever matches both proves that they overlap', () => {
    fc.assert(
      fc.property(topicFilter, topicFilter, topicName, (a, b, name) => {
        if (matches(a, name) && matches(b, name)) assert.ok(overlap(a, b))
      }),
    )
  })
})

describe('shared subscriptions [MQTT-4.8.2-1] [MQTT-4.8.2-2]', () => {
  test('have a group and a filter', () => {
    assert.deepEqual(parseSharedFilter('$share/g/a/+/#'), { group: 'g', filter: 'a/+/#' })
    assert.deepEqual(parseSharedFilter('$share/g//a'), { group: 'g', filter: '/a' })
    for (const text of [
      'a',
      '$share',
      '$share/',
      '$share/g',
      '$share/g/',
      '$share//a',
      '$share/+/a',
      '$share/g/a#',
    ]) {
      assert.equal(parseSharedFilter(text), undefined, text)
    }
  })
})

describe('named filters', () => {
  const parsed = (text: string): NamedFilter => {
    const named = parseNamedFilter(text)
    assert.ok(!('error' in named), text)
    return named
  }

  test('a name stands for the wildcard +', () => {
    assert.deepEqual(parsed('plant/{device}/telemetry'), {
      filter: 'plant/+/telemetry',
      group: undefined,
      names: [{ name: 'device', level: 1 }],
    })
    assert.deepEqual(parsed('{site}/+/{device}/{key}/#'), {
      filter: '+/+/+/+/#',
      group: undefined,
      names: [
        { name: 'site', level: 0 },
        { name: 'device', level: 2 },
        { name: 'key', level: 3 },
      ],
    })
    assert.deepEqual(parsed('a/+/#'), { filter: 'a/+/#', group: undefined, names: [] })
    assert.deepEqual(parsed('$share/hub/ack/{device}'), {
      filter: 'ack/+',
      group: 'hub',
      names: [{ name: 'device', level: 1 }],
    })
  })

  test('captures are what the named levels are', () => {
    const both = parsed('ack/{device}/{key}')
    assert.deepEqual(captures('ack/d1/temp', both), { device: 'd1', key: 'temp' })
    assert.deepEqual(captures('ack//', both), { device: '', key: '' })
    assert.deepEqual(captures('d1/x', parsed('{device}/#')), { device: 'd1', key: undefined })
    assert.deepEqual(captures('x/d1', parsed('$share/g/x/{device}')), { device: 'd1', key: undefined })
    assert.deepEqual(captures('a/b', parsed('a/+')), { device: undefined, key: undefined })
  })

  const faults: [text: string, error: string][] = [
    ['', 'A topic filter needs at least one character.'],
    ['a\0', 'A topic filter can’t contain the character U+0000.'],
    ['a\ud800', 'A topic filter can’t contain half of a surrogate pair.'],
    ['x'.repeat(65_536), 'A topic filter has at most 65,535 bytes in UTF-8; this one has 65536.'],
    ['plant#', 'The wildcard # must be a level of its own; level 1, "plant#", has more.'],
    ['plant/#/temp', 'The wildcard # must be the last level; here it is level 2 of 3.'],
    ['a/b+', 'The wildcard + must be a level of its own; level 2, "b+", has more.'],
    ['a/dev-{device}', 'A named level is written {name} and nothing else; level 2, "dev-{device}", is not.'],
    ['{device', 'A named level is written {name} and nothing else; level 1, "{device", is not.'],
    ['{{a}}', 'A named level is written {name} and nothing else; level 1, "{{a}}", is not.'],
    ['{}', 'A name is a letter, then letters, digits or _, at most 64; level 1, "{}", is not.'],
    ['a/{1st}', 'A name is a letter, then letters, digits or _, at most 64; level 2, "{1st}", is not.'],
    ['{a}/x/{a}', 'The name {a} stands in level 1 and again in level 3.'],
    ['$share/g', 'A shared filter is written $share/group/filter, with a group name without + # { }.'],
    ['$share/{g}/a', 'A shared filter is written $share/group/filter, with a group name without + # { }.'],
  ]
  for (const [text, error] of faults) {
    test(`${JSON.stringify(text.slice(0, 20))} is refused with its reason`, () => {
      assert.deepEqual(parseNamedFilter(text), { error })
    })
  }

  test('what is read is a filter, and its captures are levels of the topic', () => {
    const name = fc.constantFrom('{device}', '{key}', '+', 'a', '', '#', '{', 'x+')
    fc.assert(
      fc.property(fc.array(name, { maxLength: 6 }), topicName, (levels, topic) => {
        const named = parseNamedFilter(levels.join('/'))
        if ('error' in named) return
        assert.ok(isTopicFilter(named.filter))
        if (!matches(named.filter, topic)) return
        const { device, key } = captures(topic, named)
        const parts = topic.split('/')
        assert.equal(device, levels.includes('{device}') ? parts[levels.indexOf('{device}')] : undefined)
        assert.equal(key, levels.includes('{key}') ? parts[levels.indexOf('{key}')] : undefined)
      }),
      { numRuns: 2000 },
    )
  })
})
