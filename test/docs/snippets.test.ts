// The documents' commands are true: blocks marked ```sh run are run, page by page, each page against a
// fresh hub; a block marked `output` that follows shows what the command before it printed.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { HubProcess } from '../hub.ts'
import { requireTool } from '../tools.ts'
import { assertShown } from './expected-output.ts'
import { readPages, type Block, type Page } from './markdown.ts'
import { runBlocks } from './session.ts'

interface Step {
  command: Block
  output: Block | undefined
}

const adminToken = 'chosen-by-the-reader'

for (const page of readPages()) {
  const steps = stepsOf(page)
  if (steps.length === 0) continue
  test(`the ${steps.length} commands of ${page.path} do what the page says`, async (t) => {
    for (const name of ['bash', 'curl', 'mosquitto_pub']) {
      if (requireTool(t, name) === undefined) return
    }
    const folder = await mkdtemp(join(tmpdir(), 'ackstone-docs-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const hub = await HubProcess.start({ folder, env: { ACKSTONE_ADMIN_TOKEN: adminToken } })
    t.after(() => hub.stop())
    const { mqttPort, httpPort } = hub
    const results = await runBlocks(
      steps.map((step) => step.command.text),
      { mqttPort, httpPort, adminToken },
    )
    for (const [i, { command, output }] of steps.entries()) {
      const where = `${page.path}:${command.line}`
      const result = results[i]
      assert.ok(result !== undefined, `${where} was not run`)
      assert.equal(result.status, 0, `${where} failed: ${result.stdout} ${result.stderr}`)
      if (output !== undefined) assertShown(output.language, output.text, result.stdout, Date.now())
    }
  })
}

test('an output block stands right after the commands that print it', () => {
  for (const page of readPages()) {
    const shown = page.blocks.filter((block) => block.words.includes('output')).length
    const compared = stepsOf(page).filter((step) => step.output !== undefined).length
    assert.equal(compared, shown, page.path)
  }
})

test('a command that fails ends its page, and the output of the others is told apart', async () => {
  const nobody = { mqttPort: 1, httpPort: 1, adminToken: 'none' }
  const results = await runBlocks(
    ['word=kept', 'echo $word', 'false; echo not reached', 'echo nor this'],
    nobody,
  )
  assert.deepEqual(
    results.map(({ stdout, status }) => ({ stdout, status })),
    [
      { stdout: '', status: 0 },
      { stdout: 'kept\n', status: 0 },
      { stdout: '', status: 1 },
    ],
  )
})

test('a shown time stands for any time of arrival, and every other value for itself', () => {
  const now = 1_800_000_000_000
  assertShown('json', '{"t":{"ts":1764000000123,"value":1}}', `{"t":{"ts":${now - 5},"value":1}}`, now)
  for (const printed of ['{"t":{"ts":1700000000000,"value":1}}', `{"t":{"ts":${now},"value":2}}`, '{}']) {
    assert.throws(() => assertShown('json', '{"t":{"ts":1764000000123,"value":1}}', printed, now))
  }
  assert.throws(() => assertShown('text', '200', '503\n', now))
})

function stepsOf(page: Page): Step[] {
  const steps: Step[] = []
  for (const [i, block] of page.blocks.entries()) {
    if (block.language !== 'sh' || !block.words.includes('run')) continue
    const next = page.blocks[i + 1]
    steps.push({ command: block, output: next?.words.includes('output') === true ? next : undefined })
  }
  return steps
}
