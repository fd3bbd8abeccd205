// What the documents name exists: npm scripts, ackstone commands and their options, error codes,
// environment variables, files and folders of the project.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { options } from '../../src/config/schema.ts'
import { errorTable } from '../../src/errors.ts'
import { projectFolder, readPages, type Page } from './markdown.ts'

const pages = readPages()
const manifest: { scripts: Record<string, string> } = JSON.parse(
  readFileSync(join(projectFolder, 'package.json'), 'utf8'),
)

/** Code of a page, a line each: inline spans, and the lines of blocks that are commands or files. */
function codeLines(page: Page): string[] {
  const lines = page.blocks
    .filter((block) => !block.words.includes('output'))
    .flatMap((block) => block.text.replaceAll('\\\n', ' ').split('\n'))
  return [...page.spans, ...lines]
}

/** All places where a pattern's first group occurs in code, as "what" → pages. */
function namedInCode(pattern: RegExp): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const page of pages) {
    for (const line of codeLines(page)) {
      for (const [, name] of line.matchAll(pattern)) {
        found.set(name, [...(found.get(name) ?? []), page.path])
      }
    }
  }
  return found
}

function unknown(named: Map<string, string[]>, isKnown: (name: string) => boolean): string[] {
  return [...named]
    .filter(([name]) => !isKnown(name))
    .map(([name, paths]) => `${name} in ${paths.join(', ')}`)
}

test('every npm script that the documents name is in package.json', () => {
  const named = namedInCode(/\bnpm (?:run (?:-s )?)?(?!run\b|ci\b|install\b)([a-z][a-z:]*)/g)
  assert.ok(named.has('start') && named.has('bench'), 'the pattern finds scripts')
  assert.deepEqual(
    unknown(named, (name) => name in manifest.scripts),
    [],
  )
})

test('every ackstone command that the documents name exists, with its options', () => {
  const problems: string[] = []
  const helps = new Map<string, string>()
  const help = (words: string[]): string => {
    const key = words.join(' ')
    const known = helps.get(key) ?? helpOf(words)
    helps.set(key, known)
    return known
  }
  for (const page of pages) {
    for (const line of codeLines(page)) {
      for (const [, rest] of line.matchAll(
        /(?:ackstone --|npm start --|(?:^|[`$] ?)ackstone|main\.ts) +(.*)/g,
      )) {
        const isStart = line.includes('npm start --')
        const problem = whyUnknown(isStart ? `serve ${rest}` : rest, help)
        if (problem !== undefined) problems.push(`${page.path}: ${line.trim()}: ${problem}`)
      }
    }
  }
  assert.ok(helps.size > 3, 'the pattern finds commands')
  assert.deepEqual(problems, [])
})

function whyUnknown(rest: string, help: (words: string[]) => string): string | undefined {
  const [command, second] = rest.split(/[^a-z-]+/)
  if (!hasCommand(help([]), command)) return `no command ${command}`
  let text = help([command])
  if (/^Commands:/m.test(text) && second !== undefined && /^[a-z]+$/.test(second)) {
    if (!hasCommand(text, second)) return `no command ${command} ${second}`
    text = help([command, second])
  }
  for (const [option] of rest.matchAll(/(?<=\s)--[a-z][a-z-]*/g)) {
    if (option !== '--help' && !text.includes(option)) return `no option ${option}`
  }
  return undefined
}

function hasCommand(help: string, name: string): boolean {
  return new RegExp(`^ +${name}\\b`, 'm').test(help)
}

function helpOf(words: string[]): string {
  return execFileSync(process.execPath, ['src/main.ts', ...words, '--help'], {
    cwd: projectFolder,
    encoding: 'utf8',
  })
}

test('every option that stands alone in the documents is one of the hub', () => {
  const named = new Map<string, string[]>()
  for (const page of pages) {
    for (const span of page.spans.filter((text) => /^--[a-z-]+( |$)/.test(text))) {
      const flag = span.split(' ')[0]
      named.set(flag, [...(named.get(flag) ?? []), page.path])
    }
  }
  const help = helpOf(['serve'])
  assert.deepEqual(
    unknown(named, (flag) => help.includes(flag) || page('docs/reference/cli.md').includes(flag)),
    [],
  )
})

function page(path: string): string {
  return readFileSync(join(projectFolder, path), 'utf8')
}

test('every error code that the documents name is in the table', () => {
  const named = namedInCode(/\b((?:STORE|CONFIG|HTTP|MQTT|LISTEN)_[A-Z_]+)\b/g)
  assert.ok(named.has('STORE_FULL'), 'the pattern finds codes')
  assert.deepEqual(
    unknown(named, (name) => name in errorTable),
    [],
  )
})

test('every environment variable that the documents name is known', () => {
  const variables = new Set(options.map((option) => option.variable))
  const forTests = new Set(['ACKSTONE_RINGS', 'ACKSTONE_REQUIRE_ALL'])
  const named = namedInCode(/\b(ACKSTONE_[A-Z_]+)/g)
  assert.ok(named.has('ACKSTONE_ADMIN_TOKEN'), 'the pattern finds variables')
  assert.deepEqual(
    unknown(named, (name) => variables.has(name) || forTests.has(name) || name === 'ACKSTONE_'),
    [],
  )
})

test('every file of the project that the documents name is there', () => {
  const named = namedInCode(/(?:^|[\s(])((?:src|test|bench|docs|deploy)\/[\w./-]*[\w/])/g)
  assert.ok(named.has('src/errors.ts'), 'the pattern finds files')
  assert.deepEqual(
    unknown(named, (name) => existsSync(join(projectFolder, name))),
    [],
  )
})
