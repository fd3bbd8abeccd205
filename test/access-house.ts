// A broker with the real rules of access, its API, and clients without sockets: what a change over the API does to
// connections that stand.
import assert from 'node:assert/strict'
import { createBroker, type Broker } from '../src/broker/broker.ts'
import { systemClock } from '../src/lib/clock.ts'
import { silentLog } from '../src/lib/log.ts'
import type { ConnectPacket, Packet } from '../src/mqtt/packet.ts'
import type { PeerCertificate } from '../src/transport/connection.ts'
import { apiToken, createTestHub, type TestHub, type TestHubOptions } from './api-parts.ts'
import { TestClient } from './broker-house.ts'

export interface AccessHouse {
  hub: TestHub
  broker: Broker
  /** Asks the API; answers with the body. Any status but the one expected fails. */
  ask<T = Record<string, unknown>>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    status?: number,
  ): Promise<T>
  /** Connects and waits for an answer: the reason code of CONNACK, the client, and the answer itself. */
  login(connect: Partial<ConnectPacket> & { pass?: string }, from?: Peer): Promise<Login>
  close(): Promise<void>
}

export type Login = [code: number, client: TestClient, answer: Packet | undefined]

export interface Peer {
  remote?: string
  certificate?: PeerCertificate
}

export async function openAccessHouse(options: TestHubOptions = {}): Promise<AccessHouse> {
  const hub = await createTestHub({ isAnonymousAllowed: false, ...options })
  const { access } = hub.parts
  const broker = await createBroker({
    ...{ store: hub.store, ingest: hub.ingest, clock: systemClock, log: silentLog },
    authenticate: access.login.authenticate,
    beginExchange: access.login.beginExchange,
    mayOpen: access.mayOpen,
  })
  await access.attach(broker)
  return {
    hub,
    broker,
    async ask(method, path, body, status) {
      const answer = await hub.api.inject({
        method,
        url: `/api/v1${path}`,
        headers: { authorization: `Bearer ${apiToken}` },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      })
      const expected = status ?? (method === 'POST' ? [200, 201] : [200, 204])
      assert.ok([expected].flat().includes(answer.statusCode), `${answer.statusCode} ${answer.body}`)
      return (answer.body === '' ? undefined : answer.json()) as never
    },
    async login({ pass, ...connect }, from = {}) {
      const client = new TestClient(broker, from)
      const password = pass === undefined ? {} : { password: Buffer.from(pass) }
      client.connect({ protocolVersion: 5, clientId: 'c', ...connect, ...password })
      await until(() => client.packets.length > 0 || client.isEnded)
      const answer = client.packets.shift()
      return [answer?.type === 'connack' ? answer.reasonCode : -1, client, answer]
    },
    async close() {
      await broker.close()
      await hub.api.close()
      await hub.ingest.close(1000)
    },
  }
}

/** Resolves once it holds; the test's own time limit ends the waiting. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2))
}

export const success = 0
export const badLogin = 0x86
export const notAuthorized = 0x87

/** Publishes at QoS 1 and gives the reason code of PUBACK. */
export async function publishCode(client: TestClient, topic: string, payload = '{"v":1}'): Promise<number> {
  client.publish(topic, payload, { qos: 1, packetId: 9 })
  await until(() => client.packets.some(({ type }) => type === 'puback') || client.isEnded)
  const puback = client.packets.find(({ type }) => type === 'puback')
  client.packets.length = 0
  return puback?.type === 'puback' ? puback.reasonCode : -1
}

export async function subscribeCode(client: TestClient, filter: string): Promise<number> {
  client.subscribe(filter, 1)
  await until(() => client.packets.some(({ type }) => type === 'suback') || client.isEnded)
  const suback = client.packets.find(({ type }) => type === 'suback')
  client.packets.length = 0
  return suback?.type === 'suback' ? suback.reasonCodes[0]! : -1
}
