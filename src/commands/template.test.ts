import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fillTemplate, parseTemplate, TemplateFault, templateLimits, type Template } from './template.ts'

const values = {
  device: 'd"1',
  command: 'open',
  request: 7,
  params: { level: 5, mode: 'e"co', list: [1, { a: null }] },
}

function parsed(source: string): Template {
  const template = parseTemplate(source)
  if (typeof template === 'string') assert.fail(template)
  return template
}

function fill(source: string, given: object = {}): string {
  return fillTemplate(parsed(source), { ...values, ...given })
}

test('in JSON, a place within quotes takes text and any other a whole value', () => {
  assert.equal(fill('{"d":"{{device}}","n":{{request}}}'), '{"d":"d\\"1","n":7}')
  assert.equal(fill('{"m":{{params.mode}},"l":{{params.list}}}'), '{"m":"e\\"co","l":[1,{"a":null}]}')
  assert.equal(fill('{"t":"{{ params.list.1 }} at {{params.level}}"}'), '{"t":"{\\"a\\":null} at 5"}')
  assert.equal(fill('{"a":{"b":{{params}}}}', { params: undefined }), '{"a":{"b":null}}')
  assert.equal(fill('{{command}}'), '"open"', 'a value alone is JSON too')
})

test('in other text, values stand as they are, without control characters; within quotes they are escaped', () => {
  assert.equal(fill('SET {{params.mode}} {{params.level}};'), 'SET e"co 5;')
  assert.equal(fill('AT+SEND="{{params.mode}}"'), 'AT+SEND="e\\"co"')
  for (const mode of ['a\nb', 'a\0', '\u0085']) {
    assert.throws(() => fill('SET {{params.mode}}', { params: { mode } }), TemplateFault)
  }
  assert.throws(() => fill('SET {{command}}', { command: 'a\r\nb' }), { pointer: '/command' })
})

test('what is missing is named; members that are inherited are missing', () => {
  assert.throws(() => fill('{"x":{{params.none}}}'), { pointer: '/params', message: /needs params\.none,/ })
  for (const path of [
    'constructor',
    '__proto__',
    'toString',
    'list.length',
    'list.map',
    'mode.length',
    'mode.0',
  ]) {
    assert.throws(() => fill(`{"x":{{params.${path}}}}`), TemplateFault, path)
  }
  const params: unknown = JSON.parse('{"__proto__":{"a":1},"hasOwnProperty":2}')
  assert.equal(fill('[{{params.__proto__.a}},{{params.hasOwnProperty}}]', { params }), '[1,2]')
})

test('a template that is wrong is refused with the place', () => {
  const wrong: [string, RegExp][] = [
    ['a {{nothing}}', /^At character 3, "\{\{nothing\}\}" is no placeholder/],
    ['{{device.name}}', /has no members/],
    ['{"a":{{params.x}},}', /begins like a JSON object/],
    ['{"a":1{{params.x}}}', /begins like a JSON object/],
    ['{{params..x}}', /is no placeholder/],
    ['{{', /is no placeholder/],
    ['\ud800', /surrogate/],
    ['x'.repeat(templateLimits.charactersMax + 1), /characters at most/],
    ['{{request}}'.repeat(templateLimits.placeholdersMax + 1), /placeholders at most/],
    [`{{params${'.a'.repeat(templateLimits.depthMax + 1)}}}`, /members at most/],
  ]
  for (const [source, sentence] of wrong) {
    const answer = parseTemplate(source)
    assert.equal(typeof answer, 'string', source.slice(0, 40))
    assert.match(answer as string, sentence)
  }
})

test('I7: what a template makes has a limit, however often it names its parameters', () => {
  const params = 'x'.repeat(10_000)
  const source = `[${Array.from({ length: 20 }, () => '{{params}}').join(',')}]`
  assert.throws(() => fill(source, { params }), TemplateFault)
})

/** Small and repeatable. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const pieces = [
  '"',
  '\\',
  '{',
  '}',
  '{{',
  '}}',
  '\n',
  '\0',
  '\u2028',
  'ü',
  '😀',
  ',',
  ':',
  ']',
  '1',
  '{{device}}',
  '\\u0022',
  '\ud800',
]

test('fuzz: whatever is filled in, a JSON template keeps its members and only its places change', () => {
  const random = randomOf(20_261_127)
  const textOf = (): string => Array.from({ length: random(8) }, () => pieces[random(pieces.length)]).join('')
  const valueOf = (depth: number): unknown => {
    const kind = random(depth > 2 ? 4 : 6)
    if (kind === 4) return Array.from({ length: random(3) }, () => valueOf(depth + 1))
    if (kind === 5) return { [textOf()]: valueOf(depth + 1) }
    return [textOf(), random(1e6) / 7, null, random(2) === 0][kind]
  }
  const template = parsed(
    '{"a":"<{{device}}|{{command}}>","b":{{params.v}},"c":["{{params.v}}",{{device}}],"d":{{request}}}',
  )
  for (let round = 0; round < 5_000; round++) {
    const [device, command, v, request] = [textOf(), textOf(), valueOf(0), random(1e9)]
    const filled = fillTemplate(template, { device, command, request, params: { v } })
    const text = typeof v === 'string' ? v : JSON.stringify(v)
    const expected = { a: `<${device}|${command}>`, b: v, c: [text, device], d: request }
    assert.deepEqual(JSON.parse(filled), expected)
  }
})

test('fuzz: no template and no value makes anything but a text or a fault', () => {
  const random = randomOf(7)
  const words = [...pieces, '{{params.a}}', '{{params}}', '{{ command }}', '{"a":', '[', 'x']
  for (let round = 0; round < 20_000; round++) {
    const source = Array.from({ length: random(10) }, () => words[random(words.length)]).join('')
    const template = parseTemplate(source)
    if (typeof template === 'string') continue
    const params = { a: words[random(words.length)] }
    try {
      const filled = fillTemplate(template, { device: 'd', command: 'c', request: 1, params })
      if (template.isJson) assert.doesNotThrow(() => void JSON.parse(filled), source)
    } catch (error) {
      if (!(error instanceof TemplateFault)) throw error
    }
  }
})
