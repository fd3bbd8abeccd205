// Bytes written by hand: what any conforming client may send, with nobody in between.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { HubProcess } from '../hub.ts'
import { assertLatest, seriesValues } from './rows.ts'

const folder = mkdtempSync(join(tmpdir(), 'ackstone-raw-'))
let hub: HubProcess

before(async () => {
  hub = await HubProcess.start({ folder })
})
after(async () => {
  await hub.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Writes the pieces one after the other and resolves with everything that came back, as hex, once
 *  `answerBytes` bytes have. */
async function talk(pieces: Buffer[], answerBytes: number): Promise<string> {
  const socket = connect({ port: hub.mqttPort, host: '127.0.0.1', noDelay: true })
  const heard: Buffer[] = []
  const enough = Promise.withResolvers<undefined>()
  socket.on('data', (chunk: Buffer) => {
    heard.push(chunk)
    if (Buffer.concat(heard).length >= answerBytes) enough.resolve(undefined)
  })
  socket.on('error', enough.reject)
  socket.on('close', () => enough.resolve(undefined))
  for (const piece of pieces) socket.write(piece)
  await enough.promise
  socket.destroy()
  return Buffer.concat(heard).toString('hex')
}

/** CONNECT of 3.1.1, clean session, keep-alive 60 s. */
function connectBytes(clientId: string): Buffer {
  const head = Buffer.from([
    0x10,
    12 + clientId.length,
    0,
    4,
    77,
    81,
    84,
    84,
    4,
    2,
    0,
    60,
    0,
    clientId.length,
  ])
  return Buffer.concat([head, Buffer.from(clientId)])
}

function publishBytes(firstByte: number, packetId: number | undefined, payload: string): Buffer {
  const topic = Buffer.from('v1/devices/me/telemetry')
  const id = packetId === undefined ? [] : [packetId >> 8, packetId & 0xff]
  const body = Buffer.concat([Buffer.from([0, topic.length]), topic, Buffer.from(id), Buffer.from(payload)])
  assert.ok(body.length < 128)
  return Buffer.concat([Buffer.from([firstByte, body.length]), body])
}

test('QoS 1: CONNACK, PUBACK, and the row is there', async () => {
  const answer = await talk([connectBytes('raw1'), publishBytes(0x32, 0x1234, '{"a":1}')], 8)
  assert.equal(answer, '20020000' + '40021234')
  await assertLatest(hub, 'raw1', { a: 1 }, 1)
})

test('QoS 2: PUBREC, PUBREL, PUBCOMP, and the row is there once', async () => {
  const publish = publishBytes(0x34, 7, '{"a":2}')
  const again = publishBytes(0x3c, 7, '{"a":2}')
  const pubrel = Buffer.from([0x62, 2, 0, 7])
  const answer = await talk([connectBytes('raw2'), publish, again, pubrel, pubrel], 20)
  assert.equal(answer, '20020000' + '50020007' + '50020007' + '70020007' + '70020007')
  assert.deepEqual(await seriesValues(hub, 'raw2', 'a'), [2])
})

test('QoS 0, byte by byte: no answer but PINGRESP, and the row is there', async () => {
  const bytes = Buffer.concat([
    connectBytes('raw0'),
    publishBytes(0x30, undefined, '{"a":0}'),
    Buffer.from([0xc0, 0]),
  ])
  const answer = await talk(
    [...bytes].map((byte) => Buffer.from([byte])),
    6,
  )
  assert.equal(answer, '20020000' + 'd000')
  await assertLatest(hub, 'raw0', { a: 0 }, 0)
})
