import { describe } from 'node:test'
import { accepts, onDevice, onKey, refuses } from '../../test/decoded-cases.ts'
import { createConverter } from './create-converter.ts'

const json = createConverter({ type: 'json' })
const ts = 1_764_000_000_123_000

describe('json takes', () => {
  accepts(json, [
    ['flat members', '{"temp":21.5}', [['d', 'temp', undefined, 21.5]]],
    ['flat members with a time', '{"ts":1764000000123,"temp":21.5}', [['d', 'temp', ts, 21.5]]],
    ['two layers', '{"ts":1764000000123,"values":{"temp":21.5}}', [['d', 'temp', ts, 21.5]]],
    ['a time after the values', '{"values":{"temp":21.5},"ts":1764000000123}', [['d', 'temp', ts, 21.5]]],
    [
      'members beside the two layers',
      '{"ts":1764000000123,"values":{"a":1},"b":2}',
      [
        ['d', 'a', ts, 1],
        ['d', 'b', ts, 2],
      ],
    ],
    ['a member called values that is no object', '{"values":3}', [['d', 'values', undefined, 3]]],
    [
      'an array of either',
      '[{"temp":1},{"ts":1764000000123,"values":{"temp":2}}]',
      [
        ['d', 'temp', undefined, 1],
        ['d', 'temp', ts, 2],
      ],
    ],
    ['nothing at all', '{}', []],
    ['an empty array', '[]', []],
    ['null: left out and counted', '{"a":null,"b":1,"c":{"d":null}}', [['d', 'b', undefined, 1]], 2],
    ['a time that is null', '{"ts":null,"a":1}', [['d', 'a', undefined, 1]]],
    [
      'objects inside, flattened with a point',
      '{"a":{"b":1,"c":{"d":true}},"e":{}}',
      [
        ['d', 'a.b', undefined, 1],
        ['d', 'a.c.d', undefined, true],
      ],
    ],
    [
      'arrays inside, kept as the text that was sent',
      '{"a":[1, 2,{"b":1e2}],"b":[]}',
      [
        ['d', 'a', undefined, { json: '[1, 2,{"b":1e2}]' }],
        ['d', 'b', undefined, { json: '[]' }],
      ],
    ],
    [
      'texts with escapes and any script',
      '{"a":"x\\n\\u00e9\\ud83d\\ude00","Größe":"\\"雪\\""}',
      [
        ['d', 'a', undefined, 'x\né😀'],
        ['d', 'Größe', undefined, '"雪"'],
      ],
    ],
    [
      'duplicate keys: the last value counts',
      '{"a":1,"b":2,"a":"3"}',
      [
        ['d', 'a', undefined, '3'],
        ['d', 'b', undefined, 2],
      ],
    ],
    ['a duplicate that replaces an object', '{"a":{"b":1},"a":2}', [['d', 'a', undefined, 2]]],
    ['a key and a path that are the same', '{"a":{"b":1},"a.b":2}', [['d', 'a.b', undefined, 2]]],
    ['space everywhere', ' \r\n\t{ "a" : 1 , "b" : { } } \n', [['d', 'a', undefined, 1]]],
    [
      '1e3',
      '{"a":1e3,"b":-1.5E-2}',
      [
        ['d', 'a', undefined, 1000],
        ['d', 'b', undefined, -0.015],
      ],
    ],
    [
      'minus zero, as zero',
      '{"a":-0,"b":-0.0,"c":-1e-400}',
      [
        ['d', 'a', undefined, 0],
        ['d', 'b', undefined, 0],
        ['d', 'c', undefined, 0],
      ],
    ],
    [
      'whole numbers up to 2^53 as doubles',
      '{"a":9007199254740992,"b":-9007199254740991}',
      [
        ['d', 'a', undefined, 9007199254740992],
        ['d', 'b', undefined, -9007199254740991],
      ],
    ],
    [
      'whole numbers up to 64 bits as such',
      '{"a":9007199254740993,"b":-9223372036854775808}',
      [
        ['d', 'a', undefined, 9007199254740993n],
        ['d', 'b', undefined, -9223372036854775808n],
      ],
    ],
    ['5,000 digits after the point', `{"a":0.${'3'.repeat(5000)}}`, [['d', 'a', undefined, 1 / 3]]],
  ])
})

describe('json on a topic that gives the key takes', () => {
  accepts(json, [
    ['a number', { payload: '21.5', captures: onKey }, [['d', 'k', undefined, 21.5]]],
    ['a number with space around it', { payload: ' 21.5\n', captures: onKey }, [['d', 'k', undefined, 21.5]]],
    ['a boolean', { payload: 'false', captures: onKey }, [['d', 'k', undefined, false]]],
    ['a text', { payload: '"on"', captures: onKey }, [['d', 'k', undefined, 'on']]],
    ['null: left out and counted', { payload: 'null', captures: onKey }, [], 1],
    [
      'an array, as JSON',
      { payload: '[1,{"a":2}]', captures: onKey },
      [['d', 'k', undefined, { json: '[1,{"a":2}]' }]],
    ],
    [
      'a value with its time',
      { payload: '{"ts":1764000000123,"value":7}', captures: onKey },
      [['d', 'k', ts, 7]],
    ],
    [
      'an object, its keys behind the topic’s',
      { payload: '{"x":1,"y":{"z":2}}', captures: onKey },
      [
        ['d', 'k.x', undefined, 1],
        ['d', 'k.y.z', undefined, 2],
      ],
    ],
    [
      'an array of objects',
      { payload: '[{"ts":1764000000123,"value":7}]', captures: onKey },
      [['d', 'k', ts, 7]],
    ],
    [
      'a big number before the digits of the next packet',
      { payload: '12', captures: onKey, following: '34' },
      [['d', 'k', undefined, 12]],
    ],
  ])
})

describe('the device is', () => {
  const named = createConverter({ type: 'json', deviceKey: 'id', tsKey: 't', tsUnit: 's' })
  accepts(json, [
    ['the one of the topic', { payload: '{"a":1}', captures: onDevice }, [['d', 'a', undefined, 1]]],
    ['the one that logged in', { payload: '{"a":1}' }, [['login', 'a', undefined, 1]]],
  ])
  accepts(named, [
    ['the one of the payload', { payload: '{"id":"p","a":1}' }, [['p', 'a', undefined, 1]]],
    ['the one of the payload, as a number', { payload: '{"a":1,"id":17}' }, [['17', 'a', undefined, 1]]],
    [
      'the topic’s before the payload’s',
      { payload: '{"id":"p","a":1}', captures: onDevice },
      [['d', 'a', undefined, 1]],
    ],
    [
      'the login’s where the payload says null',
      { payload: '{"id":null,"a":1}' },
      [['login', 'a', undefined, 1]],
    ],
    [
      'each element’s own',
      { payload: '[{"id":"p","a":1},{"id":"q","t":1764000000.123,"a":2}]' },
      [
        ['p', 'a', undefined, 1],
        ['q', 'a', ts, 2],
      ],
    ],
  ])
  refuses(named, [
    [
      '{"id":true,"a":1}',
      'device_type',
      'The member "id" must name the device as text or a whole number; it is true.',
    ],
    [
      '{"id":1.5,"a":1}',
      'device_type',
      'The member "id" must name the device as text or a whole number; it is 1.5.',
    ],
    [
      '{"id":"a\\u0000","a":1}',
      'device_refused',
      'A device identifier may not contain the character U+0000.',
    ],
    [
      { payload: `{"id":"${'é'.repeat(129)}","a":1}` },
      'device_length',
      'A device identifier may have 256 bytes at most; this one has 258.',
    ],
    [
      { payload: '{"a":1}', login: '' },
      'no_device',
      'Nothing names the device: not the topic, not the payload, not the login.',
    ],
    [
      { payload: '{"a":1}', captures: { device: '' } },
      'no_device',
      'Nothing names the device: not the topic, not the payload, not the login.',
    ],
  ])
})
