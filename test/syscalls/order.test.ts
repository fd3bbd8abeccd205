// I1 as the operating system sees it: the sync of the write-ahead log has returned before the first byte of
// the PUBACK or PUBREC is handed to the socket. In a session that outlives its connection the release is
// synced before PUBCOMP as well; a clean session ends with the process, and its identifiers with it.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { generate, parser, type Packet } from 'mqtt-packet'
import { HubProcess } from '../hub.ts'
import { lack, requireTool } from '../tools.ts'
import { attach, readTrace, type Call } from './trace.ts'

const connections = 4
const messagesEach = 60
const window = 10
/** A marker is not found when a block of the log ends within it. */
const foundShareMin = 0.9

interface Answer {
  marker: string
  /** PUBACK, PUBREC: waits for the marker's row. PUBCOMP: waits for the release. */
  bytes: Buffer
  /** Port of the client, which tells the connections apart. */
  port: number
  /** The session outlives its connection. */
  isLasting: boolean
}

test('I1: the log is synced before PUBACK, PUBREC and PUBCOMP are written', async (t) => {
  const strace = requireTool(t, 'strace')
  if (strace === undefined) return
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-syscalls-'))
  const traceFile = join(folder, 'trace')
  const hub = await HubProcess.start({ folder: join(folder, 'data') })
  t.after(async () => {
    await hub.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const tracer = await attach(strace, hub.pid, traceFile).catch((error: Error) => error)
  if (tracer instanceof Error) return lack(t, `needs leave to trace processes: ${tracer.message}`)
  const answers = await Promise.all(
    Array.from({ length: connections }, (_, i) => publishAll(hub.mqttPort, i)),
  )
  await tracer.stop()
  judgeOrder(t, readTrace(traceFile), answers.flat())
})

function judgeOrder(t: TestContext, calls: Call[], answers: Answer[]): void {
  const logWrites = calls.filter((call) => call.place.endsWith('.log') && /write/.test(call.name))
  const syncs = calls.filter((call) => call.place.endsWith('.log') && /^(fsync|fdatasync)$/.test(call.name))
  assert.ok(syncs.length > 0, 'the log is never synced')
  let expected = 0
  let found = 0
  let early = 0
  const readers = new Map<number, SocketReader>()
  for (const answer of answers) {
    const reader = readers.get(answer.port) ?? new SocketReader(calls, answer.port)
    readers.set(answer.port, reader)
    const written = reader.next(answer.bytes)
    const isRelease = answer.bytes[0] === 0x70
    if (isRelease && !answer.isLasting) continue
    expected += 1
    const logged = isRelease
      ? reader.answerTo(0x50, answer.bytes)
      : logWrites.find((call) => call.bytes.includes(answer.marker))
    if (logged === undefined) continue
    found += 1
    const isSynced = syncs.some((sync) => sync.began > logged.ended && sync.ended < written.began)
    if (!isSynced) early += 1
  }
  t.diagnostic(`${answers.length} answers, ${syncs.length} syncs of the log, ${found} rows found in it`)
  assert.ok(found >= expected * foundShareMin, `only ${found} of ${expected} rows were seen in the log`)
  assert.equal(early, 0, `${early} answers were written before the sync of their row had returned`)
}

/** Walks through what was written to one connection, answer by answer. */
class SocketReader {
  readonly #pieces: { call: Call; packet: Buffer }[]

  constructor(calls: Call[], port: number) {
    const suffix = new RegExp(`^TCP.*:${port}\\]`)
    this.#pieces = calls
      .filter((call) => suffix.test(call.place))
      .flatMap((call) => packetsOf(call.bytes).map((packet) => ({ call, packet })))
  }

  next(bytes: Buffer): Call {
    const piece = this.#pieces.find(({ packet }) => packet.equals(bytes))
    assert.ok(piece !== undefined, `the write of ${bytes.toString('hex')} is not in the trace`)
    return piece.call
  }

  answerTo(type: number, bytes: Buffer): Call | undefined {
    return this.#pieces.find(
      ({ packet }) => packet[0] === type && packet.subarray(2).equals(bytes.subarray(2)),
    )?.call
  }
}

/** Answers of MQTT 3.1.1 have a one-byte Remaining Length. */
function packetsOf(bytes: Buffer): Buffer[] {
  const packets: Buffer[] = []
  for (let at = 0; at + 2 <= bytes.length;) {
    const end = at + 2 + (bytes[at + 1] ?? 0)
    packets.push(bytes.subarray(at, end))
    at = end
  }
  return packets
}

/** Publishes at QoS 1 and 2 in turn, some in flight at once, and resolves with the answers that came. */
async function publishAll(port: number, index: number): Promise<Answer[]> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const answers: Answer[] = []
  const finished = Promise.withResolvers<undefined>()
  const markerOf = (packetId: number): string => `marker-${index}-${String(packetId).padStart(6, '0')}`
  const isLasting = index % 2 === 0
  let sent = 0
  let done = 0
  const publish = (): void => {
    if (sent === messagesEach) return
    sent += 1
    send(socket, {
      cmd: 'publish',
      topic: 'v1/devices/me/telemetry',
      payload: JSON.stringify({ marker: markerOf(sent) }),
      qos: sent % 2 === 0 ? 2 : 1,
      messageId: sent,
      dup: false,
      retain: false,
    })
  }
  const receive = (packet: Packet): void => {
    if (packet.cmd === 'connack') for (let i = 0; i < window; i++) publish()
    if (packet.cmd !== 'puback' && packet.cmd !== 'pubrec' && packet.cmd !== 'pubcomp') return
    const packetId = packet.messageId ?? 0
    const type = { puback: 0x40, pubrec: 0x50, pubcomp: 0x70 }[packet.cmd]
    const bytes = Buffer.from([type, 2, packetId >> 8, packetId & 0xff])
    answers.push({ marker: markerOf(packetId), bytes, port: socket.localPort ?? 0, isLasting })
    if (packet.cmd === 'pubrec') return send(socket, { cmd: 'pubrel', messageId: packetId })
    done += 1
    publish()
    if (done === messagesEach) finished.resolve(undefined)
  }
  const parse = parser({ protocolVersion: 4 })
  parse.on('packet', receive)
  socket.on('data', (chunk: Buffer) => parse.parse(chunk))
  socket.on('error', finished.reject)
  socket.on('close', () => finished.reject(new Error('the hub closed the connection')))
  send(socket, {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clientId: `traced-${index}`,
    clean: !isLasting,
    keepalive: 60,
  })
  await finished.promise
  socket.destroy()
  return answers
}

function send(socket: Socket, packet: Packet): void {
  socket.write(generate(packet, { protocolVersion: 4 }))
}
