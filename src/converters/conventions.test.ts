import { describe } from 'node:test'
import { accepts, onDevice, onKey, refuses } from '../../test/decoded-cases.ts'
import { receivedTs } from '../../test/decoded.ts'
import { createConverter } from './create-converter.ts'

const json = createConverter({ type: 'json' })
const thingsboard = createConverter({ type: 'thingsboard' })
const assetwolf = createConverter({ type: 'assetwolf' })
const ts = 1_764_000_000_123_000

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
        captures: onDevice,
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
      { payload: '1', captures: onKey, properties: { userProperties: [['ts', '1764000000123']] } },
      [['d', 'k', ts, 1]],
    ],
    [
      'up to 24 h ahead',
      `{"ts":${(receivedTs + 24 * 3600e6) / 1000},"a":1}`,
      [['d', 'a', receivedTs + 24 * 3600e6, 1]],
    ],
  ])
  const ahead =
    'The time 1764086400000.001 ms is more than 24 h ahead of this hub’s clock. ' +
    'Set the device’s clock, or raise clockAheadMaxMs.'
  refuses(json, [
    [`{"ts":1764086400000001,"a":1}`, 'clock_ahead', ahead],
    ['{"ts":1e30,"a":1}', 'ts_range', 'The time 1e+24 ms is outside the years 1684 to 2255.'],
    ['{"ts":-1e30,"a":1}', 'ts_range', 'The time -1e+24 ms is outside the years 1684 to 2255.'],
    ['{"ts":"1e99","a":1}', 'ts_range', 'At ts: The time 1e99 is outside the years 1684 to 2255.'],
    [
      '{"ts":true,"a":1}',
      'ts_format',
      'At ts: The time true is neither a number nor RFC 3339 text such as 2025-11-24T16:00:00.123Z.',
    ],
    [
      '{"ts":{},"a":1}',
      'ts_format',
      'At ts: The time an object is neither a number nor RFC 3339 text such as 2025-11-24T16:00:00.123Z.',
    ],
    [
      '{"ts":"now","a":1}',
      'ts_format',
      'At ts: The time "now" is neither a number nor RFC 3339 text such as 2025-11-24T16:00:00.123Z.',
    ],
    [
      '{"ts":"2025-11-24T16:00:00","a":1}',
      'ts_zone',
      'At ts: The time "2025-11-24T16:00:00" names no time zone; end it with Z or an offset such as +01:00.',
    ],
    [
      { payload: '{"a":1}', captures: onDevice, properties: { userProperties: [['ts', 'x']] } },
      'ts_format',
      'The time "x" is neither a number nor RFC 3339 text such as 2025-11-24T16:00:00.123Z.',
    ],
  ])
})

describe('times without a zone, where the zone is known', () => {
  const berlin = createConverter({ type: 'json', timeZone: 'Europe/Berlin' })
  accepts(berlin, [
    ['in a text', '{"ts":"2025-11-24T17:00:00.123","a":1}', [['d', 'a', ts, 1]]],
    ['in a text that has one', '{"ts":"2025-11-24T16:00:00.123Z","a":1}', [['d', 'a', ts, 1]]],
    ['as a number', '{"ts":1764000000123,"a":1}', [['d', 'a', ts, 1]]],
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
    ['256 characters', `{"m":"${'😀'.repeat(256)}"}`, [['d', 'm', undefined, '😀'.repeat(256)]]],
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
