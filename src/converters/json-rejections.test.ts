import { describe } from 'node:test'
import { onKey, refuses } from '../../test/decoded-cases.ts'
import { createConverter } from './create-converter.ts'

const json = createConverter({ type: 'json' })

describe('json refuses', () => {
  const tooMany = objectOf(20_000).length
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
      'The number "1e400" at byte 5 is larger than a 64-bit integer or a double can be.',
    ],
    [
      '{"a":9223372036854775808}',
      'number_range',
      'The number "9223372036854775808" at byte 5 is larger than a 64-bit integer or a double can be.',
    ],
    [
      `{"a":[${'9'.repeat(5000)}]}`,
      'number_range',
      `The number "${'9'.repeat(64)}…" at byte 6 is larger than a 64-bit integer or a double can be.`,
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
      { payload: '[{"a":1},[]]', captures: onKey },
      'json_shape',
      'Expected an object as element of the array, found an array.',
    ],
    [
      objectOf(60_000),
      'too_many_keys',
      `An object may carry 20000 keys at most, with those of objects inside it; see byte ${tooMany}.`,
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
