// The page docs/reference/conformance.md, made of the list of statements and the names of the tests.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { oldStatements } from './statements-3-1-1.ts'
import { statements } from './statements.ts'

const root = dirname(dirname(import.meta.dirname))
export const pagePath = join(root, 'docs', 'reference', 'conformance.md')

/** Files by statement number of 5.0, "MQTT-3.1.3-8", that test names mention. */
export function testsByStatement(): Map<string, Set<string>> {
  return testsByMark(/MQTT-\d+\.\d+\.\d+-\d+/g)
}

/** Files by statement number of 3.1.1, "3.1.1 3.1.3-8". */
export function testsByOldStatement(): Map<string, Set<string>> {
  return testsByMark(/3\.1\.1 \d+\.\d+\.\d+-\d+/g)
}

function testsByMark(mark: RegExp): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const file of globSync('test/conformance/*.test.ts', { cwd: root }).toSorted()) {
    const text = readFileSync(join(root, file), 'utf8')
    for (const [, name = ''] of text.matchAll(/\btest\(\s*(?:'|`)(.*?)(?:'|`),/gs)) {
      for (const [number] of name.matchAll(mark)) {
        const files = found.get(number) ?? new Set()
        found.set(number, files.add(file.replaceAll('\\', '/')))
      }
    }
  }
  return found
}

export function page(): string {
  const tests = testsByStatement()
  const bound = statements.filter(({ reason }) => reason === undefined)
  const chapters = [...new Set(statements.map(({ number }) => chapterOf(number)))]
  const lines = [
    '# MQTT conformance',
    '',
    'Every numbered statement of the MQTT 5.0 specification, in our words, with the test that holds the hub to it or',
    'the reason why none applies. The tests send bytes over TCP to the real broker; `npm test -- test/conformance`',
    'runs them. The statements of MQTT 3.1.1 follow, with a test of their own where they differ. This page is made by',
    '`npx node test/conformance/generate.ts`; a test fails when page, list and tests say different things.',
    '',
    'Where the specification leaves a choice, the hub does as Mosquitto does: `test/peers/behaviour.test.ts` sends some',
    'three hundred right and wrong sequences to both and compares what they say; where they differ, it says why.',
    '',
    `Of ${statements.length} statements of 5.0, ${bound.length} bind a server and have a test.`,
  ]
  for (const chapter of chapters) {
    lines.push('', `## Section ${chapter}`, '', '| statement | what it asks | test |', '|---|---|---|')
    for (const { number, meaning, reason } of statements) {
      if (chapterOf(number) !== chapter) continue
      lines.push(`| ${number} | ${meaning} | ${reason ?? links(tests.get(number))} |`)
    }
  }
  const oldTests = testsByOldStatement()
  lines.push('', '## MQTT 3.1.1', '', '| statement | what it asks | test |', '|---|---|---|')
  for (const { number, meaning, reason, sameAs } of oldStatements) {
    const test = sameAs === undefined ? links(oldTests.get(`3.1.1 ${number}`)) : `as ${sameAs} of 5.0`
    lines.push(`| ${number} | ${meaning} | ${reason ?? test} |`)
  }
  return `${lines.join('\n')}\n`
}

/** "3.1" of "MQTT-3.1.2-4". */
function chapterOf(number: string): string {
  return /\d+\.\d+/.exec(number)?.[0] ?? ''
}

function links(files: Set<string> | undefined): string {
  const names = [...(files ?? [])].map((file) => file.replace('test/conformance/', ''))
  return names.map((name) => `[${name}](../../test/conformance/${name})`).join(', ')
}
