// Ackstone and Mosquitto get the same bytes, and say the same; where they don't, the table says why.
import assert from 'node:assert/strict'
import { createConnection, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { Decoder } from '../../src/mqtt/decoder.ts'
import type { Packet } from '../../src/mqtt/packet.ts'
import { lineOf } from '../broker-house.ts'
import { Hub } from '../conformance/hub.ts'
import { packet } from '../fixtures/packets/bytes.ts'
import { startMosquitto, type MosquittoBroker } from '../mosquitto-broker.ts'
import { requireTool } from '../tools.ts'
import { behaviours, type Behaviour, type Step } from './behaviours.ts'

/** How long a client that was not let in is listened to, and how long an answer may take. */
const quietMs = 300
const lateMs = 4_000
const pingreq = packet(0xc0)
/** What comes of one's own after a step comes within so many turns of question and answer. */
const rounds = 3

class Client {
  readonly #name: string
  readonly #socket: Socket
  readonly #lines: string[] = []
  #isAdmitted = false
  /** Packet identifier of the last PUBLISH that came. */
  #lastId = 0
  #isOver = false
  #wake: () => void = () => undefined

  constructor(name: string, port: number, version: 4 | 5) {
    this.#name = name
    const decoder = new Decoder({ packetBytesMax: 1 << 20, side: 'client', protocolVersion: version })
    this.#socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', (chunk: Buffer) => decoder.push(chunk, (one) => this.#receive(one)))
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => this.#end())
    this.#socket.on('end', () => this.#end())
  }

  #receive(one: Packet): void {
    if (one.type === 'connack' && one.reasonCode === 0) this.#isAdmitted = true
    if (one.type === 'publish') this.#lastId = one.packetId
    if (one.type === 'pingresp' || one.type === 'connack') this.#wake()
    if (one.type !== 'pingresp') this.#note(one)
  }

  #note(one: Packet): void {
    const isRefusal = one.type === 'disconnect' || (one.type === 'connack' && one.reasonCode !== 0)
    // How much a server says before it closes is its own choice.
    if (isRefusal) return
    // Packet identifiers of what a server sends are its own.
    const line = lineOf(one).replace(one.type === 'pubrel' ? /\d+/ : /^$/, '#')
    this.#lines.push(`${this.#name} ${line}${propertiesOf(one)}`)
  }

  #end(): void {
    if (!this.#isOver) this.#lines.push(`${this.#name} closed`)
    this.#isOver = true
    this.#wake()
  }

  send(sent: Step[1]): void {
    this.#socket.write(typeof sent === 'function' ? sent(this.#lastId) : sent)
  }

  /** What came; the broker has dealt with all that was sent. */
  async settled(): Promise<string[]> {
    for (let round = 0; round < rounds && !this.#isOver; round++) {
      const answered = new Promise<void>((resolve) => (this.#wake = resolve))
      // Nothing may be asked before CONNACK.
      const isAsked = this.#isAdmitted
      if (isAsked) this.#socket.write(pingreq)
      const timer = setTimeout(() => this.#wake(), isAsked ? lateMs : quietMs)
      await answered
      clearTimeout(timer)
    }
    return this.#lines.splice(0).toSorted()
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** Of messages: what travels with them. */
function propertiesOf(one: Packet): string {
  if (one.type !== 'publish' || one.properties === undefined) return ''
  const { topicAlias: _alias, ...rest } = one.properties
  return Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`
}

async function play(port: number, { steps, version }: Behaviour): Promise<string[][]> {
  const clients = new Map<string, Client>()
  const story: string[][] = []
  for (const [name, sent] of steps) {
    let client = clients.get(name)
    if (client === undefined) clients.set(name, (client = new Client(name, port, version)))
    client.send(sent)
    const lines: string[] = []
    // Its own first; then what others have got of it, or of its end.
    lines.push(...(await client.settled()))
    for (const other of clients.values()) lines.push(...(await other.settled()))
    story.push(lines.toSorted())
  }
  for (const client of clients.values()) client.close()
  return story
}

let hub: Hub
let mosquitto: MosquittoBroker | undefined
before(async () => {
  hub = await Hub.open()
})
after(async () => {
  await mosquitto?.stop()
  await hub.stop()
})

for (const behaviour of behaviours) {
  const { name, version, differs } = behaviour
  test(`MQTT ${version === 5 ? '5.0' : '3.1.1'}: ${name}`, async (t) => {
    const path = requireTool(t, 'mosquitto')
    if (path === undefined) return
    mosquitto ??= await startMosquitto(path, [])
    const theirs = await play(mosquitto.port, behaviour)
    const ours = await play(hub.port, behaviour)
    if (differs === undefined) assert.deepEqual(ours, theirs)
    else assert.notDeepEqual(ours, theirs, 'the table says that they differ')
  })
}
