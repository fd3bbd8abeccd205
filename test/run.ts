// `npm test`: runs every test file, some at a time, and ends with one line that people and machines can
// read: "N passed, N failed, N skipped". Words after `--` choose the files whose path contains one of them.
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from 'node:test'
import { parseArgs } from 'node:util'
import { describeFailure } from './failure.ts'

const root = dirname(import.meta.dirname)
const { values: options, positionals: words } = parseArgs({
  allowPositionals: true,
  options: { all: { type: 'boolean', default: false } },
})
if (options.all) process.env.ACKSTONE_RINGS = 'all'
const isLong = process.env.ACKSTONE_RINGS !== undefined

/** What takes long comes first, or the end would wait for it. */
const longFirst = ['bridge', 'cassandra', 'crash', 'docs', 'peers', 'portal', 'syscalls']
const found = ['test/**/*.test.ts', 'src/**/*.test.ts', 'portal/**/*.test.ts']
  .flatMap((pattern) => globSync(pattern, { cwd: root }))
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .toSorted()
const files = inOrder(found)

/** The long folders side by side, the files of each spread evenly: some wait most of the time, for a broker or a kill,
 *  and others, with a browser, have much to do. Then the rest. */
function inOrder(all: string[]): string[] {
  const places = longFirst.flatMap((name) => {
    const ofFolder = all.filter((file) => file.startsWith(`test/${name}/`))
    return ofFolder.map((file, i) => ({ file, place: i / ofFolder.length }))
  })
  const long = places.toSorted((a, b) => a.place - b.place).map(({ file }) => file)
  return [...long, ...all.filter((file) => !long.includes(file))]
}

if (files.length === 0) {
  console.log(`No test file has ${words.join(' or ')} in its path.`)
  console.log('0 passed, 0 failed, 0 skipped')
  process.exit(1)
}

const failures: string[] = []
const skips: string[] = []
/** What a file printed, shown only when something in it failed. */
const printed = new Map<string, string>()
const counts = { passed: 0, failed: 0, skipped: 0 }

function nameOf(file: string | undefined): string {
  return (file ?? '').replace(`${root}/`, '')
}

/** Tests wait much: for timers, disks, other programs. One more than there are processors keeps these at work. They
 *  share one Cassandra and one disk, so that very many at a time are no quicker. */
const concurrencyMax = 6
const concurrency = Math.min(concurrencyMax, availableParallelism() + 1)

// Each file is a process, and starts hubs and commands that are processes too: hundreds that read the same modules.
// What the first of them has compiled the others find here.
const compiled = mkdtempSync(join(tmpdir(), 'ackstone-compiled-'))
process.env.NODE_COMPILE_CACHE = compiled
process.on('exit', () => rmSync(compiled, { recursive: true, force: true }))

const events = run({ cwd: root, files, concurrency, timeout: isLong ? 900_000 : 240_000 })
events.on('test:fail', (event) => {
  // A suite, or a file, that failed only because a test in it did says nothing new.
  const cause = event.details.error as Error & { failureType?: string }
  if (cause.failureType === 'subtestsFailed') return
  failures.push(describeFailure(nameOf(event.file), event.line, event.name, event.details.error))
})
events.on('test:pass', (event) => {
  if (event.skip === undefined || event.skip === false) return
  const reason = typeof event.skip === 'string' ? event.skip : 'no reason given'
  skips.push(`${nameOf(event.file)}: ${event.name}: ${reason}`)
})
events.on('test:diagnostic', (event) => {
  if (
    event.nesting > 0 ||
    !/^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /.test(event.message)
  )
    console.log(`      ${event.message}`)
})
events.on('test:stdout', (event) => keep(event.file, event.message))
events.on('test:stderr', (event) => keep(event.file, event.message))
events.on('test:summary', (event) => {
  // Tests, without the suites around them; what neither passed nor was skipped or cancelled has failed.
  const { tests, passed, skipped, todo } = event.counts
  const bad = tests - passed - skipped - todo
  if (event.file === undefined) {
    counts.passed = passed
    counts.failed = bad
    counts.skipped = skipped
    return
  }
  const name = nameOf(event.file)
  const seconds = (event.duration_ms / 1000).toFixed(1)
  console.log(`${bad === 0 ? 'ok  ' : 'FAIL'}  ${name}  ${tests} tests, ${seconds} s`)
  if (bad > 0) process.stdout.write(printed.get(event.file) ?? '')
})

function keep(file: string | undefined, text: string): void {
  if (file === undefined) return
  const kept = printed.get(file) ?? ''
  if (kept.length < 100_000) printed.set(file, kept + text)
}

for await (const _ of events) {
  // The listeners above do the work; this waits for the end.
}
if (skips.length > 0) console.log(`\nSkipped:\n${skips.map((line) => `  ${line}`).join('\n')}`)
if (failures.length > 0) console.log(`\n${failures.join('\n\n')}\n`)
if (failures.length > 0 && counts.failed === 0) counts.failed = failures.length
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed === 0 ? 0 : 1
