import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decoded, receivedTs, type MessageParts, type Row } from '../../test/decoded.ts'
import type { Converter } from './converter.ts'
import { createConverter } from './create-converter.ts'

const json = createConverter({ type: 'json' })
const thingsboard = createConverter({ type: 'thingsboard' })
const assetwolf = createConverter({ type: 'assetwolf' })
const d = { device: 'd' }
const k = { device: 'd', key: 'k' }
const ts = 1_764_000_000_123_000

type Case = [title: string, parts: MessageParts | string, rows: Row[], nulls?: number]

function accepts(converter: Converter, cases: Case[]): void {
  for (const [title, parts, rows, nulls = 0] of cases) {
    test(title, () => {
      const message = typeof parts === 'string' ? { payload: parts, captures: d } : parts
      assert.deepEqual(decoded(converter, message), { rows, nulls })
    })
  }
}

type Refusal = [parts: MessageParts | string, code: string, sentence: string]

function refuses(converter: Converter, refusals: Refusal[]): void {
  for (const [parts, code, sentence] of refusals) {
    const message = typeof parts === 'string' ? { payload: parts, captures: d } : parts
    test(`I6: ${String(message.payload).slice(0, 60)} is rejected as ${code}`, () => {
      assert.deepEqual(decoded(converter, message), { code, sentence })
    })
  }
}

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
    ['a number', { payload: '21.5', captures: k }, [['d', 'k', undefined, 21.5]]],
    ['a number with space around it', { payload: ' 21.5\n', captures: k }, [['d', 'k', undefined, 21.5]]],
    ['a boolean', { payload: 'false', captures: k }, [['d', 'k', undefined, false]]],
    ['a text', { payload: '"on"', captures: k }, [['d', 'k', undefined, 'on']]],
    ['null: left out and counted', { payload: 'null', captures: k }, [], 1],
    [
      'an array, as JSON',
      { payload: '[1,{"a":2}]', captures: k },
      [['d', 'k', undefined, { json: '[1,{"a":2}]' }]],
    ],
    [
      'a value with its time',
      { payload: '{"ts":1764000000123,"value":7}', captures: k },
      [['d', 'k', ts, 7]],
    ],
    [
      'an object, its keys behind the topic’s',
      { payload: '{"x":1,"y":{"z":2}}', captures: k },
      [
        ['d', 'k.x', undefined, 1],
        ['d', 'k.y.z', undefined, 2],
      ],
    ],
    [
      'an array of objects',
      { payload: '[{"ts":1764000000123,"value":7}]', captures: k },
      [['d', 'k', ts, 7]],
    ],
    [
      'a big number before the digits of the next packet',
      { payload: '12', captures: k, following: '34' },
      [['d', 'k', undefined, 12]],
    ],
  ])
})

describe('the device is', () => {
  const named = createConverter({ type: 'json', deviceKey: 'id', tsKey: 't', tsUnit: 's' })
  accepts(json, [
    ['the one of the topic', { payload: '{"a":1}', captures: d }, [['d', 'a', undefined, 1]]],
    ['the one that logged in', { payload: '{"a":1}' }, [['login', 'a', undefined, 1]]],
  ])
  accepts(named, [
    ['the one of the payload', { payload: '{"id":"p","a":1}' }, [['p', 'a', undefined, 1]]],
    ['the one of the payload, as a number', { payload: '{"a":1,"id":17}' }, [['17', 'a', undefined, 1]]],
    [
      'the topic’s before the payload’s',
      { payload: '{"id":"p","a":1}', captures: d },
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

describe('json refuses', () => {
  const deep = '['.repeat(40) + ']'.repeat(40)
  refuses(json, [
    ['', 'payload_empty', 'The payload is empty.'],
    [' \n', 'json_syntax', 'Not valid JSON: expected a value at byte 2, found the end of the payload.'],
    [
      '\ufeff{"a":1}',
      'json_bom',
      'The payload begins with a byte order mark (EF BB BF); send JSON without one.',
    ],
    [
      { payload: Buffer.from('7b2261223a22ff227d', 'hex') },
      'utf8',
      'The payload is not UTF-8 text: see byte 6.',
    ],
    ['{"a":1}x', 'json_syntax', 'Not valid JSON: expected the end of the payload at byte 7, found "x".'],
    [
      '{"a":1}\0',
      'json_syntax',
      'Not valid JSON: expected the end of the payload at byte 7, found byte 0x00.',
    ],
    ['{"a":1', 'json_syntax', 'Not valid JSON: expected "," or "}" at byte 6, found the end of the payload.'],
    ['{"a":1,}', 'json_syntax', 'Not valid JSON: expected a key in double quotes at byte 7, found "}".'],
    ["{'a':1}", 'json_syntax', 'Not valid JSON: expected a key in double quotes at byte 1, found "\'".'],
    ['{"a" 1}', 'json_syntax', 'Not valid JSON: expected ":" after the key "a" at byte 5, found "1".'],
    ['{"a":True}', 'json_syntax', 'Not valid JSON: expected a value at byte 5, found "T".'],
    ['{"a":tru}', 'json_syntax', 'Not valid JSON: expected true at byte 8, found "}".'],
    ['{"a":01}', 'json_syntax', 'Not valid JSON: expected "," or "}" at byte 6, found "1".'],
    ['{"a":1.}', 'json_syntax', 'Not valid JSON: expected a digit at byte 7, found "}".'],
    ['{"a":.5}', 'json_syntax', 'Not valid JSON: expected a value at byte 5, found ".".'],
    ['{"a":-}', 'json_syntax', 'Not valid JSON: expected a digit at byte 6, found "}".'],
    ['{"a":1e}', 'json_syntax', 'Not valid JSON: expected a digit at byte 7, found "}".'],
    [
      '{"a":"b',
      'json_syntax',
      'Not valid JSON: expected a character or the end of the text at byte 7, found the end of the payload.',
    ],
    [
      '{"a":"\n"}',
      'json_syntax',
      'Not valid JSON: expected a character or the end of the text at byte 6, found byte 0x0A.',
    ],
    [
      '{"a":"\\x"}',
      'json_syntax',
      'Not valid JSON: expected one of " \\ / b f n r t u after a backslash at byte 7, found "x".',
    ],
    [
      '{"a":"\\u12g4"}',
      'json_syntax',
      'Not valid JSON: expected four hexadecimal digits after \\u at byte 10, found "g".',
    ],
    [
      '{"a":"\\ud800"}',
      'json_surrogate',
      'The text that begins at byte 5 has half a surrogate pair, which UTF-8 can’t express.',
    ],
    ['{"a":NaN}', 'not_finite', 'NaN at byte 5 is not a finite number; leave it out or send null.'],
    [
      '{"a":-Infinity}',
      'not_finite',
      '-Infinity at byte 5 is not a finite number; leave it out or send null.',
    ],
    [
      '{"a":1e400}',
      'number_range',
      'The number "1e400" at byte 5 is too large: whole numbers must fit 64 bits, others a double.',
    ],
    [
      '{"a":9223372036854775808}',
      'number_range',
      'The number "9223372036854775808" at byte 5 is too large: whole numbers must fit 64 bits, others a double.',
    ],
    [
      `{"a":[${'9'.repeat(5000)}]}`,
      'number_range',
      `The number "${'9'.repeat(64)}…" at byte 6 is too large: whole numbers must fit 64 bits, others a double.`,
    ],
    ['{"__proto__":1}', 'key_refused', 'The name "__proto__" that begins at byte 1 is not allowed as a key.'],
    [
      '{"a":[{"constructor":1}]}',
      'key_refused',
      'The name "constructor" that begins at byte 7 is not allowed as a key.',
    ],
    [
      '{"proto\\u0074ype":1}',
      'key_refused',
      'The name "prototype" that begins at byte 1 is not allowed as a key.',
    ],
    ['{"a\\u0000":1}', 'key_refused', 'The name "a\\u0000" that begins at byte 1 is not allowed as a key.'],
    ['{"":1}', 'key_empty', 'A telemetry key is empty.'],
    [
      `{"${'k'.repeat(129)}":1}`,
      'key_length',
      'A telemetry key may have 128 bytes at most; this one has 129.',
    ],
    [
      `{"a":"${'v'.repeat(65_537)}"}`,
      'value_length',
      'The value of "a" has 65537 bytes; a string or JSON value may have 65536 at most.',
    ],
    [deep, 'json_depth', 'Nesting goes deeper than 32 levels at byte 32.'],
    ['['.repeat(1024 * 1024), 'json_depth', 'Nesting goes deeper than 32 levels at byte 32.'],
    [
      ' '.repeat(1024 * 1024 + 1),
      'payload_length',
      'The payload has 1048577 bytes; a converter reads 1048576 at most.',
    ],
    [
      '21.5',
      'no_key',
      'The bare value 21.5 needs a key: name one in the topic filter with "{key}", or send an object.',
    ],
    ['[1]', 'json_shape', 'Expected an object as element of the array, found 1.'],
    ['[{"a":1},"b"]', 'json_shape', 'Expected an object as element of the array, found "b".'],
    [
      { payload: '[{"a":1},[]]', captures: k },
      'json_shape',
      'Expected an object as element of the array, found an array.',
    ],
    [
      objectOf(60_000),
      'too_many_keys',
      `An object may carry 20000 keys at most, those of objects inside it included; see byte ${objectOf(20_000).length}.`,
    ],
    [objectOf(10_001), 'too_many_readings', 'A message may carry 10000 readings at most.'],
    [
      `[${Array(60_000).fill('{"a":1}').join()}]`,
      'too_many_readings',
      'A message may carry 10000 readings at most.',
    ],
  ])
})

function objectOf(keys: number): string {
  return `{${Array.from({ length: keys }, (_, i) => `"k${i}":1`).join()}}`
}

describe('times in the payload', () => {
  accepts(json, [
    ['in seconds', '{"ts":1764000000,"a":1}', [['d', 'a', 1_764_000_000_000_000, 1]]],
    ['in seconds with a fraction', '{"ts":1764000000.123456,"a":1}', [['d', 'a', 1_764_000_000_123_456, 1]]],
    [
      'in milliseconds with a fraction',
      '{"ts":1764000000123.456,"a":1}',
      [['d', 'a', 1_764_000_000_123_456, 1]],
    ],
    ['in microseconds', '{"ts":1764000000123456,"a":1}', [['d', 'a', 1_764_000_000_123_456, 1]]],
    ['in nanoseconds, cut off', '{"ts":1764000000123456789,"a":1}', [['d', 'a', 1_764_000_000_123_456, 1]]],
    ['before 1970', '{"ts":-1.5,"a":1}', [['d', 'a', -1_500_000, 1]]],
    ['with an exponent', '{"ts":1.764000000123e12,"a":1}', [['d', 'a', ts, 1]]],
    ['as RFC 3339', '{"ts":"2025-11-24T17:00:00.123+01:00","a":1}', [['d', 'a', ts, 1]]],
    ['as a number in a text', '{"ts":"1764000000123","a":1}', [['d', 'a', ts, 1]]],
    [
      'in the user property, for elements without their own',
      {
        payload: '[{"a":1},{"ts":5,"a":2}]',
        captures: d,
        properties: {
          userProperties: [
            ['ts', '1'],
            ['x', 'y'],
            ['ts', '1764000000123'],
          ],
        },
      },
      [
        ['d', 'a', ts, 1],
        ['d', 'a', 5_000_000, 2],
      ],
    ],
    [
      'in the user property, for a bare value',
      { payload: '1', captures: k, properties: { userProperties: [['ts', '1764000000123']] } },
      [['d', 'k', ts, 1]],
    ],
    [
      'up to 24 h ahead',
      `{"ts":${(receivedTs + 24 * 3600e6) / 1000},"a":1}`,
      [['d', 'a', receivedTs + 24 * 3600e6, 1]],
    ],
  ])
  const ahead =
    'The time 1764086400000.001 ms is more than 24 h ahead of this hub’s clock. Set the device’s clock, or raise clockAheadMaxMs.'
  refuses(json, [
    [`{"ts":1764086400000001,"a":1}`, 'clock_ahead', ahead],
    ['{"ts":1e30,"a":1}', 'ts_range', 'The time 1e+24 ms is outside the years 0001 to 2255.'],
    ['{"ts":-1e30,"a":1}', 'ts_range', 'The time -1e+24 ms is outside the years 0001 to 2255.'],
    ['{"ts":"1e99","a":1}', 'ts_range', 'The time 1e99 is outside the years 0001 to 2255.'],
    [
      '{"ts":true,"a":1}',
      'ts_format',
      'The time true is neither a number nor RFC 3339 text such as 2025-11-24T16:00:00.123Z.',
    ],
    [
      '{"ts":{},"a":1}',
      'ts_format',
      'The time an object is neither a number nor RFC 3339 text such as 2025-11-24T16:00:00.123Z.',
    ],
    [
      '{"ts":"now","a":1}',
      'ts_format',
      'The time "now" is neither a number nor RFC 3339 text such as 2025-11-24T16:00:00.123Z.',
    ],
    [
      '{"ts":"2025-11-24T16:00:00","a":1}',
      'ts_zone',
      'The time "2025-11-24T16:00:00" names no time zone; end it with Z or an offset such as +01:00.',
    ],
    [
      { payload: '{"a":1}', captures: d, properties: { userProperties: [['ts', 'x']] } },
      'ts_format',
      'The time "x" is neither a number nor RFC 3339 text such as 2025-11-24T16:00:00.123Z.',
    ],
  ])
})

describe('thingsboard takes', () => {
  accepts(thingsboard, [
    ['key and value', { payload: '{"t":22.5}' }, [['login', 't', undefined, 22.5]]],
    [
      'a time in milliseconds',
      { payload: '{"ts":1451649600512,"values":{"t":22.5,"s":"on"}}' },
      [
        ['login', 't', 1_451_649_600_512_000, 22.5],
        ['login', 's', 1_451_649_600_512_000, 'on'],
      ],
    ],
    [
      'small times as milliseconds too',
      { payload: '{"ts":1000,"values":{"t":1}}' },
      [['login', 't', 1_000_000, 1]],
    ],
    [
      'arrays',
      { payload: '[{"a":"1"},{"b":true}]' },
      [
        ['login', 'a', undefined, '1'],
        ['login', 'b', undefined, true],
      ],
    ],
    [
      'objects inside, as JSON',
      { payload: '{"a":{"b": [1]}}' },
      [['login', 'a', undefined, { json: '{"b": [1]}' }]],
    ],
  ])
})

describe('assetwolf takes', () => {
  const at = 1_469_626_599_000_000
  accepts(assetwolf, [
    [
      'one layer',
      { payload: '{ "timestamp": 1469626599000, "deviceId": "abc123", "switch": 1, "uses": 650 }' },
      [
        ['abc123', 'switch', at, 1],
        ['abc123', 'uses', at, 650],
      ],
    ],
    [
      'two layers',
      { payload: '{"timestamp":1469626599000,"deviceId":"abc123","data":{"uses":650}}' },
      [['abc123', 'uses', at, 650]],
    ],
    [
      'the device of the topic first',
      '{"deviceId":"abc123","switch":true}',
      [['d', 'switch', undefined, true]],
    ],
    [
      'several in one message',
      '[{"timestamp":1469626599000,"a":1},{"timestamp":1469626600000,"a":2}]',
      [
        ['d', 'a', at, 1],
        ['d', 'a', at + 1_000_000, 2],
      ],
    ],
    [
      'a place',
      '{"lat":51.491151,"lon":-1.087291}',
      [
        ['d', 'lat', undefined, 51.491151],
        ['d', 'lon', undefined, -1.087291],
      ],
    ],
    ['256 characters', `{"message":"${'😀'.repeat(256)}"}`, [['d', 'message', undefined, '😀'.repeat(256)]]],
    ['a member called ts', '{"ts":5}', [['d', 'ts', undefined, 5]]],
  ])
  refuses(assetwolf, [
    [
      '{ "timestamp": 1469626599000, "deviceId": "abc123", data { "switch": 1, "uses": 650 } }',
      'json_syntax',
      'Not valid JSON: expected a key in double quotes at byte 52, found "d".',
    ],
    [
      '{"data" {"switch": 1}}',
      'json_syntax',
      'Not valid JSON: expected ":" after the key "data" at byte 8, found "{".',
    ],
    [
      `{"m":"${'x'.repeat(257)}"}`,
      'string_length',
      'The text of "m" has 257 characters; this converter takes 256 at most.',
    ],
  ])
})
