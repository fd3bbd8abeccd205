// `import` against a hub that answers as the test says: batches, bad rows, a hub that is away for a while.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { runCommand, startCommand } from '../../test/terminal.ts'

interface Posted {
  device: string
  rows: { ts: number | string; values: Record<string, unknown> }[]
}

const folder = mkdtempSync(join(tmpdir(), 'ackstone-import-'))
const file = join(folder, 'rows.csv')
let hub: Server
let posted: Posted[] = []
/** What the hub gives back: device, key and time in milliseconds to value. */
let kept = new Map<string, unknown>()
let beforeReading: () => void = () => undefined
/** The status of the answer; 200 stores. */
let judge: (batch: Posted) => number = () => 200
/** Requests of one device at a time. */
let underWay = new Map<string, number>()

before(async () => {
  hub = createServer((request, response) => {
    const device = decodeURIComponent(request.url!.split('/')[4]!)
    if (request.method === 'GET') {
      beforeReading()
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ series: { k: seriesOf(device, new URL(request.url!, 'http://hub')) } }))
      return
    }
    underWay.set(device, (underWay.get(device) ?? 0) + 1)
    assert.equal(underWay.get(device), 1, 'batches of a device follow one another')
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const batch = { device, rows: JSON.parse(String(Buffer.concat(chunks))) as Posted['rows'] }
      const status = judge(batch)
      if (status === 200) keep(batch)
      const readings = batch.rows.reduce((sum, { values }) => sum + Object.keys(values).length, 0)
      setImmediate(() => {
        underWay.set(device, 0)
        response.writeHead(status, { 'content-type': 'application/json' })
        response.end(JSON.stringify(status === 200 ? { readings } : { detail: `Told ${status}.` }))
      })
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => hub.once('listening', resolve))
})
beforeEach(() => {
  posted = []
  kept = new Map()
  judge = () => 200
  underWay = new Map()
})
after(() => {
  hub.close()
  rmSync(folder, { recursive: true, force: true })
})

function keep(batch: Posted): void {
  posted.push(batch)
  for (const { ts, values } of batch.rows) {
    const ms = typeof ts === 'number' ? ts : Date.parse(ts)
    for (const [key, value] of Object.entries(values)) kept.set(`${batch.device} ${key} ${ms}`, value)
  }
}

function seriesOf(device: string, { searchParams }: URL): { ts: number[]; value: unknown[] } {
  const [from, to, limit] = ['startTs', 'endTs', 'limit'].map((name) => Number(searchParams.get(name)))
  const rows = [...kept]
    .map(([name, value]) => ({ name: name.split(' '), value }))
    .map(({ name, value }) => ({ device: name[0], ms: Number(name[2]), value }))
    .filter((row) => row.device === device && row.ms >= from! && row.ms < to!)
    .toSorted((a, b) => a.ms - b.ms)
    .slice(0, limit)
  return { ts: rows.map(({ ms }) => ms), value: rows.map(({ value }) => value) }
}

function write(lines: string[]): string {
  writeFileSync(file, `device,ts,key,value\n${lines.join('\n')}\n`)
  return file
}

function surroundings() {
  const { port } = hub.address() as AddressInfo
  return { env: { ACKSTONE_URL: `http://127.0.0.1:${port}` } }
}

const many = Array.from({ length: 5000 }, (_, at) => `d${at % 7},${1000 + at},k,${at}`)

test('every row arrives once, the rows of a device in their order, in batches', async () => {
  const { exitCode, stderr } = await runCommand(
    ['import', write(many), '--batch-rows', '100'],
    surroundings(),
  )
  assert.equal(exitCode, 0, stderr)
  assert.match(stderr, /5000 of 5000 rows of .* are stored, 5000 readings; 0 rows are bad\./)
  assert.ok(posted.every(({ rows }) => rows.length <= 100))
  for (let device = 0; device < 7; device++) {
    const values = posted.filter((batch) => batch.device === `d${device}`).flatMap(({ rows }) => rows)
    assert.deepEqual(
      values.map(({ values: { k } }) => k),
      Array.from({ length: values.length }, (_, at) => device + 7 * at),
    )
  }
  assert.equal(
    posted.reduce((sum, { rows }) => sum + rows.length, 0),
    5000,
  )
})

test('6: rows that the hub can’t read are found among the others and named by their lines', async () => {
  judge = ({ rows }) => (rows.some(({ values }) => values['k'] === 'bad') ? 422 : 200)
  const lines = many.slice(0, 200)
  lines[17] = 'd3,1017,k,bad'
  lines[150] = 'd3,1150,k,bad'
  lines[60] = 'd3,never,k,1'
  const result = await runCommand(['import', write(lines), '--json'], surroundings())
  assert.equal(result.exitCode, 6)
  const counts = JSON.parse(result.stdout) as Record<string, unknown>
  assert.deepEqual([counts['rowsRead'], counts['rowsStored'], counts['rowsBad']], [200, 197, 3])
  const bad = counts['badRows'] as { line: number; reason: string }[]
  assert.deepEqual(
    bad.map(({ line }) => line).toSorted((a, b) => a - b),
    [19, 62, 152],
  )
  assert.match(result.stderr, /Line 19: Told 422\./)
})

test('a hub that can’t store for a moment is asked again, and nothing is lost', async () => {
  let refusals = 3
  judge = () => (refusals-- > 0 ? 503 : 200)
  const { exitCode } = await runCommand(['import', write(many.slice(0, 50))], surroundings())
  assert.equal(exitCode, 0)
  assert.equal(
    posted.reduce((sum, { rows }) => sum + rows.length, 0),
    50,
  )
})

test('6: what stops it half-way says how far it came; 4 when nothing was stored', async () => {
  let accepted = 2
  judge = () => (accepted-- > 0 ? 200 : 401)
  const half = await runCommand(['import', write(many), '--batch-rows', '100'], surroundings())
  assert.equal(half.exitCode, 6)
  assert.match(half.stderr, /Run the same command again when this is put right/)
  judge = () => 401
  const nothing = await runCommand(['import', write(many)], surroundings())
  assert.equal(nothing.exitCode, 4)
})

test('it stops after --max-errors bad rows', async () => {
  const { exitCode, stderr } = await runCommand(
    ['import', write(Array.from({ length: 100 }, () => 'd,never,k,1')), '--max-errors', '5'],
    surroundings(),
  )
  assert.equal(exitCode, 1)
  assert.match(stderr, /It stopped after 5 bad rows/)
})

test('--dry-run reads everything and stores nothing', async () => {
  const { exitCode, stderr } = await runCommand(['import', write(many), '--dry-run'], surroundings())
  assert.equal(exitCode, 0)
  assert.match(stderr, /5000 of 5000 rows .* can be read; nothing was stored\./)
  assert.deepEqual(posted, [])
})

test('a bar on a terminal, JSON lines with --json, nothing else', async () => {
  const bar = await runCommand(['import', write(many)], { ...surroundings(), isTty: true })
  assert.match(bar.stderr, /\[#{24}\] 100 % {2}comparing: 5,000 rows, [\d,]+\/s/)
  const json = await runCommand(['import', write(many), '--json'], surroundings())
  const last = json.stderr.trim().split('\n').at(-1)
  assert.equal((JSON.parse(last!) as { progress: { count: number } }).progress.count, 5000)
  const plain = await runCommand(['import', write(many)], surroundings())
  assert.equal(plain.stderr.trim().split('\n').length, 2)
})

test('told to stop, it ends soon with 128 and the number of the signal', async () => {
  const stopping = Promise.withResolvers<undefined>()
  judge = () => {
    stopping.resolve(undefined)
    return 503
  }
  const importing = startCommand(['import', write(many)], surroundings())
  await stopping.promise
  importing.stop('SIGTERM')
  assert.equal((await importing.ended).exitCode, 143)
})

test('an import that was stopped half-way goes on behind what is stored, and compares all of it', async () => {
  let accepted = 20
  judge = () => (accepted-- > 0 ? 200 : 401)
  const path = write(many)
  const half = await runCommand(['import', path, '--batch-rows', '100'], surroundings())
  assert.equal(half.exitCode, 6)
  const before = posted.reduce((sum, { rows }) => sum + rows.length, 0)
  judge = () => 200
  posted = []
  const rest = await runCommand(['import', path, '--batch-rows', '100'], surroundings())
  assert.equal(rest.exitCode, 0, rest.stderr)
  assert.match(rest.stderr, /Going on behind line \d+/)
  assert.match(rest.stderr, /5000 of 5000 rows .* are stored/)
  assert.match(rest.stderr, /Verified/)
  const sent = posted.reduce((sum, { rows }) => sum + rows.length, 0)
  assert.ok(sent >= 5000 - before && sent < 5000, `${sent} rows were sent again`)
  assert.equal(kept.size, 5000)
  posted = []
  assert.equal((await runCommand(['import', path], surroundings())).exitCode, 0)
  assert.equal(
    posted.reduce((sum, { rows }) => sum + rows.length, 0),
    5000,
    'what is over is not gone on with',
  )
})

test('6: what the hub does not give back as it was sent is named, and sent anew the next time', async () => {
  const path = write(many)
  beforeReading = () => {
    kept.delete('d3 k 1150')
    kept.set('d4 k 1151', -1)
  }
  const { exitCode, stderr } = await runCommand(['import', path], surroundings())
  assert.equal(exitCode, 6)
  assert.match(stderr, /d3 k at 1970-01-01T00:00:01\.15\d*Z: the hub has nothing\./)
  assert.match(stderr, /d4 k at .*: the hub has -1\./)
  assert.match(stderr, /2 readings differ from the file/)
  beforeReading = () => undefined
  const again = await runCommand(['import', path], surroundings())
  assert.equal(again.exitCode, 0, again.stderr)
})

test('readings that the hub has besides, and rows that stand twice in the file, are no difference', async () => {
  keep({ device: 'd3', rows: [{ ts: 1001.5, values: { k: 9 } }] })
  const lines = [...many.slice(0, 300), 'd3,1003,k,77', ...many.slice(300, 400)]
  const { exitCode, stderr } = await runCommand(['import', write(lines)], surroundings())
  assert.equal(exitCode, 0, stderr)
  assert.match(stderr, /Verified/)
})

test('a file that is not what the export wrote is refused', async () => {
  const path = write(many.slice(0, 10))
  writeFileSync(`${path}.sums`, JSON.stringify({ bytes: 1, crc32: 2, readings: 10, devices: 1 }))
  const { exitCode, stderr } = await runCommand(['import', path], surroundings())
  rmSync(`${path}.sums`)
  assert.equal(exitCode, 1)
  assert.match(stderr, /is not what the export wrote/)
  assert.deepEqual(posted, [])
})
