// docs/reference/cli.md and the commands say the same: every command, option, example and exit code.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Command } from 'commander'
import { examplesOf } from '../../src/cli/command.ts'
import { exitCode } from '../../src/cli/exit-code.ts'
import { createProgram } from '../../src/cli/program.ts'
import { noParts } from '../terminal.ts'
import { projectFolder } from './markdown.ts'

const program = createProgram({
  terminal: { ...process, signal: new AbortController().signal },
  parts: noParts,
  exitCode: 0,
  isService: false,
})
const text = readFileSync(join(projectFolder, 'docs/reference/cli.md'), 'utf8')

/** Sections of the page by the anchors of their headings. */
const sections = new Map(
  text.split(/^#{2,3} /m).map((section) => {
    const heading = section.slice(0, section.indexOf('\n'))
    return [
      heading
        .toLowerCase()
        .replaceAll(' ', '-')
        .replace(/[^a-z0-9-]/g, ''),
      section,
    ]
  }),
)

/** Commands that do something, with their full names. */
function leaves(command: Command, name: string): [name: string, command: Command][] {
  const below = command.commands.filter((each) => each.name() !== 'help')
  if (below.length === 0) return [[name, command]]
  return below.flatMap((each) => leaves(each, `${name} ${each.name()}`))
}

const commands = leaves(program, 'ackstone')

function flagsIn(section: string): string[] {
  return [...section.matchAll(/^\| `(-[^`]+)` \| .+ \|$/gm)].map(([, flags]) => flags!)
}

function sectionOf(name: string): string {
  const section = sections.get(name.replaceAll(' ', '-'))
  assert.ok(section !== undefined, `the page has a section "${name}"`)
  return section
}

test('every command has a section with exactly its options, its own or those of a section it names', () => {
  for (const [name, command] of commands) {
    const section = sectionOf(name)
    const shared = [...section.matchAll(/\(#(options-[a-z-]+)\)/g)].flatMap(([, anchor]) => {
      return flagsIn(sections.get(anchor!) ?? assert.fail(`${name} names #${anchor}`))
    })
    const onPage = [...flagsIn(section), ...shared].toSorted()
    assert.deepEqual(onPage, command.options.map(({ flags }) => flags).toSorted(), name)
    assert.ok(section.includes(`\`${name} ${command.usage()}\``), `${name} shows its usage`)
  }
})

test('every section of a command is about one that exists', () => {
  const names = commands.map(([name]) => name.replaceAll(' ', '-'))
  const described = [...sections.keys()].filter((anchor) => anchor.startsWith('ackstone-'))
  assert.deepEqual(described.toSorted(), names.toSorted())
})

test('every command has an example in its help, and the page has the same ones', () => {
  for (const [name, command] of commands) {
    const examples = examplesOf(command)
    assert.ok(examples.length > 0, `${name} has an example`)
    for (const [line, meaning] of examples) {
      assert.ok(line.startsWith(name) || line.includes(`| ${name}`), `${line} is an example of ${name}`)
      assert.ok(sectionOf(name).includes(`${line}\n# ${meaning}\n`), `the page has: ${line}`)
      assert.match(command.helpInformation(), new RegExp(`Usage: ${name} `))
    }
  }
})

test('every example can be parsed by its command', () => {
  for (const [name, command] of commands) {
    for (const [line] of examplesOf(command)) {
      const words = shellWords(line).slice(name.split(' ').length)
      const { unknown, operands } = command.parseOptions(words)
      const needed = command.registeredArguments.filter(({ required }) => required).length
      assert.deepEqual(unknown, [], line)
      if (needed > 0) assert.equal(operands.length, needed, line)
    }
  }
})

test('the page has every exit code, and no other', () => {
  const rows = [...sectionOf('exit codes').matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))
  assert.deepEqual(rows, Object.values(exitCode))
})

/** Words of a simple command: quotes are taken off, redirections and pipes end it. */
function shellWords(line: string): string[] {
  const words = line.split(/ [<|>] /)[0]!.match(/'[^']*'|\S+/g) ?? []
  return words.map((word) => word.replace(/^'(.*)'$/, '$1'))
}
