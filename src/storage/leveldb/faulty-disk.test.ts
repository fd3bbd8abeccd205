import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { lack, requireTool, rings } from '../../../test/tools.ts'

const contract = join(import.meta.dirname, '../../../test/contract')
const seeds = { quick: 2, ci: 10, all: 40 }[rings()]

test('I5: with syncs that fail at random nothing is lost, doubled or acknowledged too early', (t) => {
  if (process.platform !== 'linux') return lack(t, 'needs LD_PRELOAD')
  const compiler = requireTool(t, 'cc')
  if (compiler === undefined) return
  const work = mkdtempSync(join(tmpdir(), 'ackstone-faulty-'))
  t.after(() => rmSync(work, { recursive: true, force: true }))
  const library = join(work, 'faulty-disk.so')
  execFileSync(compiler, ['-shared', '-fPIC', '-o', library, join(contract, 'faulty-disk.c'), '-ldl'])
  for (let seed = 1; seed <= seeds; seed++) {
    const fault = join(work, 'fault')
    const args = [join(contract, 'faulty-disk.ts'), join(work, `data-${seed}`), fault, String(seed)]
    const env = { ...process.env, LD_PRELOAD: library, FAULT_FILE: fault, NODE_TEST_CONTEXT: '' }
    const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8', timeout: 60_000 })
    assert.equal(status, 0, `seed ${seed}: ${stderr}`)
  }
})
