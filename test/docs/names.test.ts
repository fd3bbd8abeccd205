// What the documents name exists: npm scripts, ackstone commands and their options, error codes,
// environment variables, files and folders of the project.
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Command } from 'commander'
import { createProgram } from '../../src/cli/program.ts'
import { options } from '../../src/config/schema.ts'
import { errorTable } from '../../src/errors.ts'
import { noParts } from '../terminal.ts'
import { projectFolder, readPages, type Page } from './markdown.ts'

const pages = readPages()
const program = createProgram({
  terminal: { ...process, signal: new AbortController().signal },
  parts: noParts,
  exitCode: 0,
  isService: false,
})
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
  let found = 0
  for (const page of pages) {
    for (const line of codeLines(page)) {
      for (const [, rest] of line.matchAll(
        /(?:ackstone --|npm start --|(?:^|[`$] ?)ackstone|main\.ts) +(.*)/g,
      )) {
        found++
        const problem = whyUnknown(line.includes('npm start --') ? `serve ${rest}` : rest)
        if (problem !== undefined) problems.push(`${page.path}: ${line.trim()}: ${problem}`)
      }
    }
  }
  assert.ok(found > 5, 'the pattern finds commands')
  assert.deepEqual(problems, [])
})

function whyUnknown(rest: string): string | undefined {
  let command = program
  for (const word of rest.split(/[^\w-]+/)) {
    if (command.commands.length === 0 || word === 'help' || !/^[a-z]/.test(word)) break
    const below = command.commands.find((candidate) => candidate.name() === word)
    if (below === undefined) return `${command.name()} has no command ${word}`
    command = below
  }
  for (const [option] of rest.matchAll(/(?<=\s)--[a-z][a-z-]*/g)) {
    if (!hasOption(command, option)) return `${command.name()} has no option ${option}`
  }
  return undefined
}

function hasOption(command: Command, flag: string): boolean {
  return flag === '--help' || command.options.some((option) => option.long === flag)
}

test('every option that stands alone in the documents is one of some command', () => {
  const below = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(below)]
  const commands = below(program)
  const named = new Map<string, string[]>()
  for (const page of pages) {
    for (const span of page.spans.filter((text) => /^--[a-z-]+( |$)/.test(text))) {
      const flag = span.split(' ')[0]
      named.set(flag, [...(named.get(flag) ?? []), page.path])
    }
  }
  assert.ok(named.has('--data-dir'), 'the pattern finds options')
  assert.deepEqual(
    unknown(named, (flag) => commands.some((command) => hasOption(command, flag))),
    [],
  )
})

test('every error code that the documents name is in the table', () => {
  const named = namedInCode(/(?<![\w$-])([A-Z]{2,}(?:_[A-Z]+)+)\b/g)
  const choices = options.map((option) => option.expects).join(' ')
  assert.ok(named.has('STORE_FULL'), 'the pattern finds codes')
  assert.deepEqual(
    unknown(named, (name) => name in errorTable || /^(ACKSTONE|NO)_/.test(name) || choices.includes(name)),
    [],
  )
})

test('every environment variable that the documents name is known', () => {
  const variables = new Set(options.map((option) => option.variable))
  const code = globSync('{src,test,bench}/**/*.ts', { cwd: projectFolder })
    .map((path) => readFileSync(join(projectFolder, path), 'utf8'))
    .join('\n')
  const named = namedInCode(/\b(ACKSTONE_[A-Z_]*[A-Z])/g)
  assert.ok(named.has('ACKSTONE_ADMIN_TOKEN'), 'the pattern finds variables')
  assert.deepEqual(
    unknown(named, (name) => variables.has(name) || new RegExp(`\\b${name}\\b`).test(code)),
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
