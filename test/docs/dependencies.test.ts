// Decision 0013 gives a reason for each package; this compares it with package.json both ways.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { projectFolder } from './markdown.ts'

interface Manifest {
  dependencies: Record<string, string>
  optionalDependencies: Record<string, string>
  devDependencies: Record<string, string>
}

const manifest: Manifest = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'))
const pagePath = 'docs/decisions/0013-dependencies.md'

const groups = [
  { heading: 'At run time', packages: manifest.dependencies },
  { heading: 'The Node that runs it', packages: manifest.optionalDependencies },
  { heading: 'For development and tests', packages: manifest.devDependencies },
]

for (const { heading, packages } of groups) {
  test(`${pagePath} gives a reason for each package under "${heading}", and for no other`, () => {
    const reasons = reasonsUnder(heading)
    assert.deepEqual([...reasons.keys()].sort(), Object.keys(packages).sort())
    for (const [name, reason] of reasons) assert.match(reason, /\w.*\.$/, `${name} has a sentence`)
  })
}

test('every package has one exact version', () => {
  for (const { packages } of groups) {
    for (const [name, version] of Object.entries(packages)) assert.match(version, /^\d+\.\d+\.\d+$/, name)
  }
})

function reasonsUnder(heading: string): Map<string, string> {
  const text = readFileSync(join(projectFolder, pagePath), 'utf8')
  const section = text.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`))
  assert.ok(section !== undefined, `${pagePath} has a section "${heading}"`)
  const rows = section.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)
  return new Map([...rows].map(([, name, reason]) => [name, reason.trim()]))
}
