// What ARCHITECTURE.md tells is what the code has: the same invariants, the same walls.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { mayImport } from '../tidy/rules.ts'
import { projectFolder } from './markdown.ts'

const read = (path: string): string => readFileSync(join(projectFolder, path), 'utf8')
const invariants = [...read('ARCHITECTURE.md').matchAll(/^- \*\*(I\d+), /gm)].map(([, number]) => number)
const isTest = (path: string): boolean => path.endsWith('.test.ts') || path.startsWith('test')
/** Without this folder, which names them all. */
const sources = globSync('{src,test}/**/*.ts', { cwd: projectFolder, exclude: ['test/docs/**'] })
const codeText = sources
  .filter((path) => !isTest(path))
  .map(read)
  .join('\n')
const testText = sources.filter(isTest).map(read).join('\n')

test('ARCHITECTURE.md tells I1 to I9 in order', () => {
  assert.deepEqual(invariants, ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9'])
})

test('every invariant is named where the code keeps it and in the title of a test', () => {
  const missing = invariants.flatMap((number) => {
    const inCode = new RegExp(`\\b${number}\\b`).test(codeText) ? [] : [`${number}: no line of src names it`]
    const isTitle = new RegExp(`\\b(?:test|it)\\(\\s*['"\`][^\\n]*\\b${number}\\b`).test(testText)
    return isTitle ? inCode : [...inCode, `${number}: no title of a test names it`]
  })
  assert.deepEqual(missing, [])
})

test('no code names an invariant that ARCHITECTURE.md does not tell', () => {
  const named = new Set(
    [...`${codeText}${testText}`.matchAll(/\b(I\d)\b(?=[: ),])/g)].map(([, number]) => number),
  )
  assert.deepEqual(
    [...named].filter((number) => !invariants.includes(number)),
    [],
  )
})

test('ARCHITECTURE.md tells who may import whom as the tidy test holds it', () => {
  const rows = read('ARCHITECTURE.md').matchAll(/^\| `(\w+)` \|.*\| ([^|]+) \|$/gm)
  const told = [...rows].map(([, name, modules]) => {
    const names = modules.split(';')[0].trim()
    return [name, names === 'nothing' ? [] : names.split(', ').toSorted()]
  })
  const held = Object.entries(mayImport).map(([name, modules]) => [name, modules.toSorted()])
  assert.deepEqual(Object.fromEntries(told), Object.fromEntries(held))
})
