import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiToken, createTestHub, type TestHub } from '../../test/api-parts.ts'
import { JsonText } from '../model/reading.ts'
import type { SeriesRun } from '../storage/store.ts'
import { EventStream } from './event-stream.ts'
import { LiveReadings } from './live-readings.ts'
import { systemClock } from '../lib/clock.ts'

const headers = { authorization: `Bearer ${apiToken}` }

async function listening(run: (hub: TestHub, address: string) => Promise<void>): Promise<void> {
  const hub = await createTestHub()
  const address = await hub.api.listen({ port: 0, host: '127.0.0.1' })
  try {
    await run(hub, address)
  } finally {
    await hub.api.close()
  }
}

/** Reads a stream until its text fits. */
async function readUntil(answer: Response, wanted: RegExp): Promise<string> {
  const reader = answer.body!.getReader()
  const decoder = new TextDecoder()
  let text = ''
  while (!wanted.test(text)) {
    const { done, value } = await reader.read()
    assert.ok(!done, `the stream ended after ${text}`)
    text += decoder.decode(value, { stream: true })
  }
  await reader.cancel()
  return text
}

test('I8: watchers see readings once they are stored, and only of the devices they chose', async () => {
  await listening(async (hub, address) => {
    const answer = await fetch(`${address}/api/v1/live?devices=a%5C,b,c`, { headers })
    assert.equal(answer.headers.get('content-type'), 'text/event-stream')
    hub.store.hold()
    const published = hub.publish('v2/t', '{"ts":1764000000000,"values":{"k":{"x":1}}}', 'a,b')
    const other = hub.publish('v2/t', '{"k":2}', 'other')
    hub.store.letThrough()
    await hub.store.release()
    await Promise.all([published, other])
    const text = await readUntil(answer, /skipped/)
    assert.match(
      text,
      /^event: readings\ndata: \{"series":\[\{"device":"a,b","key":"k","ts":\[1764000000000\],/m,
    )
    assert.doesNotMatch(text, /"other"/)
  })
})

test('commands are told as they change, each once in an event, and only of the devices chosen', async () => {
  await listening(async (_hub, address) => {
    const answer = await fetch(`${address}/api/v1/live?topics=commands&devices=d1`, { headers })
    const send = (device: string) =>
      fetch(`${address}/api/v1/devices/${device}/commands`, {
        ...{ method: 'POST', body: '{"command":"open"}' },
        headers: { ...headers, 'content-type': 'application/json' },
      })
    await send('d2')
    const { id } = (await (await send('d1')).json()) as { id: string }
    const text = await readUntil(answer, /skipped/)
    const shown = { id, device: 'd1', command: 'open', state: 'queued', reason: null }
    assert.ok(
      text.includes(`event: commands\ndata: ${JSON.stringify({ commands: [shown], skipped: 0 })}`),
      text,
    )
  })
})

test('there is a limit on watchers, and one that leaves makes room', async () => {
  await listening(async (_hub, address) => {
    const open = await Promise.all([1, 2, 3].map(() => fetch(`${address}/api/v1/live`, { headers })))
    const refused = await fetch(`${address}/api/v1/live`, { headers })
    assert.equal(refused.status, 503)
    assert.equal(((await refused.json()) as { code: string }).code, 'BUSY')
    await open[0]!.body!.cancel()
    let again = await fetch(`${address}/api/v1/live`, { headers })
    while (again.status === 503) {
      await again.arrayBuffer()
      again = await fetch(`${address}/api/v1/live`, { headers })
    }
    assert.equal(again.status, 200)
  })
})

test('open streams end when the hub stops', async () => {
  await listening(async (hub, address) => {
    const answer = await fetch(`${address}/api/v1/live`, { headers })
    await hub.api.close()
    assert.match(await answer.text(), /^retry: /)
  })
})

function runOf(count: number, value: SeriesRun['values'][number]): SeriesRun {
  const ts = Array.from({ length: count }, (_, i) => i)
  const values = ts.map(() => value)
  return { device: 'd', key: 'k', integration: 'i', duplicates: 'overwrite', ts, values }
}

function readingsOn(stream: EventStream, runs: readonly SeriesRun[][]): void {
  const readings = new LiveReadings()
  const onNews = stream.channel('readings', 1, readings)
  for (const some of runs) readings.add(some)
  onNews()
}

test('I7: what a slow watcher can’t take is counted, not kept', async () => {
  const stream = new EventStream(systemClock, () => undefined)
  const runs = Array.from({ length: 100 }, () => [runOf(1_000, 1.5)])
  readingsOn(stream, [...runs, [runOf(20, 'x'.repeat(60_000))]])
  let text = ''
  for await (const piece of stream) {
    text += piece
    if (text.includes('skipped')) break
  }
  const { series, skipped } = JSON.parse(/data: (.*)/.exec(text)![1]!) as {
    series: { ts: number[] }[]
    skipped: number
  }
  assert.equal(series.reduce((sum, { ts }) => sum + ts.length, 0) + skipped, 100_020)
  assert.ok(text.length < 300_000)
})

test('a line break inside a JSON value does not break the event', async () => {
  const stream = new EventStream(systemClock, () => undefined)
  readingsOn(stream, [[runOf(1, new JsonText('{\n"a":\r\n1}'))]])
  for await (const piece of stream) {
    if (!String(piece).includes('data:')) continue
    assert.equal(String(piece).split('\n').length, 4)
    break
  }
})
