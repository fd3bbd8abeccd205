// `npm run check`: what needs no running hub. Types, lint (a floating promise is an error), format and the
// house rules; prints which step failed and how to mend it. A few seconds, so that it is run often.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'

interface Step {
  name: string
  /** Program in node_modules/.bin with its arguments. */
  command: string[]
  /** What to do when it fails. */
  mend: string
}

const root = dirname(import.meta.dirname)
const folders = ['src', 'test', 'bench', 'portal']

const steps: Step[] = [
  {
    name: 'types',
    command: ['tsc', '-p', '.'],
    mend: 'Mend the types above; `npx tsc -p .` repeats this step.',
  },
  {
    name: 'types of the portal',
    command: ['tsc', '-p', 'portal'],
    mend: 'Mend the types above; `npx tsc -p portal` repeats this step.',
  },
  {
    name: 'lint',
    command: ['oxlint', '--type-aware', '--report-unused-disable-directives', ...folders],
    mend: 'Mend the lines above; `npx oxlint --type-aware --fix src test bench portal` does what can be done alone.',
  },
  { name: 'format', command: ['oxfmt', '--check', ...folders], mend: 'Run `npm run fmt`.' },
  {
    name: 'tidy',
    command: ['node', '--test', '--test-reporter=dot', 'test/tidy.test.ts'],
    mend: 'Each line above names file, line and rule; test/tidy.test.ts holds the rules.',
  },
]

let failed = 0
for (const step of steps) {
  const started = performance.now()
  const [program = '', ...args] = step.command
  const suffix = process.platform === 'win32' ? '.cmd' : ''
  const result = spawnSync(join(root, 'node_modules', '.bin', program + suffix), args, {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  if (result.status === 0) {
    console.log(`ok    ${step.name}  ${seconds} s`)
    continue
  }
  failed += 1
  process.stdout.write(`${result.stdout ?? ''}${result.stderr ?? ''}`)
  if (result.error) console.log(`${program} could not be started: ${result.error.message}. Run npm ci.`)
  console.log(`FAIL  ${step.name}  ${seconds} s. ${step.mend}`)
}
console.log(failed === 0 ? 'Everything is in order.' : `${failed} of ${steps.length} steps failed.`)
process.exitCode = failed === 0 ? 0 : 1
