// `export` into a file from a hub that fails as the test says: it goes on where it was.
import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { runCommand } from '../../test/terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'ackstone-export-'))
const readings = 23_000
let hub: Server
let asked: string[] = []
/** Requests that are answered before the hub says no. */
let patience = Infinity

/** Devices a to c with the keys 9, 10 and k, each with readings a millisecond apart. */
function answer(url: URL): unknown {
  const [, , , , device, what] = url.pathname.split('/')
  if (device === undefined) return { items: ['a', 'b', 'c'].map((id) => ({ id })), nextCursor: null }
  if (what === 'latest')
    return { 'k': { ts: 1, value: 1 }, '10': { ts: 1, value: 1 }, '9': { ts: 1, value: 1 } }
  const [key] = url.searchParams.getAll('keys') as [string]
  const from = Math.max(0, Math.ceil(Number(url.searchParams.get('startTs') ?? 0)))
  const count = Math.max(0, Math.min(Number(url.searchParams.get('limit')), readings - from))
  const ts = Array.from({ length: count }, (_, i) => from + i)
  return { series: { [key]: { ts, value: ts.map((one) => one / 4) } } }
}

before(async () => {
  hub = createServer((request, response) => {
    const url = new URL(request.url!, 'http://hub')
    asked.push(request.url!)
    const status = --patience < 0 ? 500 : 200
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(status === 200 ? answer(url) : { detail: 'It is broken.' }))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => hub.once('listening', resolve))
})
after(() => {
  hub.close()
  rmSync(folder, { recursive: true, force: true })
})

async function exportTo(name: string, ...more: string[]): Promise<{ exitCode: number; stderr: string }> {
  asked = []
  const { port } = hub.address() as AddressInfo
  const env = { ACKSTONE_URL: `http://127.0.0.1:${port}` }
  return runCommand(['export', '-o', join(folder, name), ...more], { env })
}

test('an export that failed anywhere goes on there, and the file is as if nothing had happened', async () => {
  await exportTo('whole.csv')
  const whole = readFileSync(join(folder, 'whole.csv'))
  const requests = asked.length
  let failures = 0
  for (let stop = 1; stop < requests; stop += 4) {
    const name = `from-${stop}.csv`
    patience = stop
    const first = await exportTo(name)
    const isSome = existsSync(join(folder, `${name}.part.mark`))
    assert.equal(first.exitCode, isSome ? 6 : 1, first.stderr)
    // What a kill leaves behind the last word that readings are there.
    appendFileSync(join(folder, `${name}.part`), 'half a li')
    patience = Infinity
    const rest = await exportTo(name)
    assert.equal(rest.exitCode, 0, rest.stderr)
    if (isSome) {
      assert.match(rest.stderr, /Going on behind \d+ readings/)
      assert.ok(asked.length < requests, 'what is there is not asked for again')
      failures++
    }
    assert.ok(whole.equals(readFileSync(join(folder, name))), `stopped at request ${stop}`)
    const sums: unknown = JSON.parse(readFileSync(join(folder, `${name}.sums`), 'utf8'))
    assert.deepEqual(sums, { bytes: whole.length, crc32: crc32(whole), readings: 9 * readings, devices: 3 })
    assert.ok(!existsSync(join(folder, `${name}.part.mark`)))
  }
  assert.ok(failures > 3)
})

test('another question begins anew', async () => {
  patience = 6
  await exportTo('other.csv')
  patience = Infinity
  const { stderr } = await exportTo('other.csv', '--key', 'k')
  assert.doesNotMatch(stderr, /Going on/)
  assert.equal(readFileSync(join(folder, 'other.csv'), 'utf8').trim().split('\n').length, 3 * readings + 1)
})
