// MQTT 5.0, sections 4.12 and 4.13: enhanced authentication, errors.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { AuthPacket, ConnackPacket } from '../../src/mqtt/packet.ts'
import { data, packet, properties, raw } from '../fixtures/packets/bytes.ts'
import { Hub, type RawClient } from './hub.ts'
import { authMethod, connect, connectWith, publish } from './packets.ts'

const refused = { isAllowed: false, device: '', reasonCode: 0x87 }
const admitted = { isAllowed: true, device: 'd', reasonCode: 0, data: Buffer.from('welcome') }

let hub: Hub
before(async () => {
  // The method "M": a challenge, and "yes" is the right answer.
  hub = await Hub.open({
    beginExchange: (method) => {
      if (method !== 'M') return undefined
      return {
        step: async (said) => {
          const text = Buffer.from(said).toString()
          if (text === 'hello') return { challenge: Buffer.from('who?') }
          return text === 'yes' ? admitted : refused
        },
      }
    },
  })
})
after(() => hub.stop())

const said = (text: string): Buffer => data(raw(text))

function auth(code: number, method: string, text: string): Buffer {
  return packet(0xf0, code, properties(0x15, method, 0x16, said(text)))
}

/** A client that has said hello and is asked back. */
async function asked(): Promise<RawClient> {
  const client = await hub.open()
  client.send(connect({ id: hub.name(), properties: [...authMethod('M'), 0x16, said('hello')] }))
  const challenge = (await client.next()) as AuthPacket
  assert.equal(challenge.type, 'auth')
  assert.equal(challenge.reasonCode, 0x18)
  assert.equal(challenge.properties?.authenticationMethod, 'M')
  assert.equal(Buffer.from(challenge.properties?.authenticationData ?? []).toString(), 'who?')
  return client
}

async function proven(): Promise<RawClient> {
  const client = await asked()
  client.send(auth(0x18, 'M', 'yes'))
  const connack = await client.next()
  assert.equal(connack.type, 'connack')
  const { reasonCode, properties: with_ } = connack as ConnackPacket
  assert.equal(reasonCode, 0)
  assert.equal(with_?.authenticationMethod, 'M')
  assert.equal(Buffer.from(with_?.authenticationData ?? []).toString(), 'welcome')
  return client
}

test('[MQTT-4.12.0-1] an unknown method ends the connection', () =>
  hub.refuses(connect({ properties: authMethod('X') }), 0x8c, true))

test('[MQTT-4.12.0-2] [MQTT-4.12.0-5] the exchange: AUTH 0x18 with the method, CONNACK with it', async () => {
  await proven()
})

test('[MQTT-4.12.0-3] another code in the exchange ends the connection', async () => {
  const client = await asked()
  client.send(auth(0x19, 'M', 'yes'))
  assert.equal(await client.line(), 'connack new 130')
  await client.ended()
})

test('[MQTT-4.12.0-4] a wrong answer ends the connection', async () => {
  const client = await asked()
  client.send(auth(0x18, 'M', 'no'))
  assert.equal(await client.line(), 'connack new 135')
  await client.ended()
})

test('[MQTT-4.12.0-5] another method in the exchange ends the connection', async () => {
  const client = await asked()
  client.send(auth(0x18, 'N', 'yes'))
  assert.equal(await client.line(), 'connack new 130')
  await client.ended()
})

test('[MQTT-4.12.0-6] without a method neither AUTH nor a method in CONNACK', async () => {
  const client = await hub.client()
  assert.equal(client.connack?.properties?.authenticationMethod, undefined)
  assert.deepEqual(await client.sync(), [])
})

test('[MQTT-4.12.0-7] without a method a client’s AUTH ends the connection', () =>
  hub.refuses(auth(0x19, 'M', 'hello'), 0x82))

test('[MQTT-4.12.1-1] re-authentication by another method ends the connection', async () => {
  const client = await proven()
  client.send(auth(0x19, 'N', 'hello'))
  assert.equal(await client.line(), 'disconnect 0x82')
  await client.ended()
})

test('[MQTT-4.12.1-2] re-authentication that fails ends the connection, and goes on when it does not', async () => {
  const client = await proven()
  client.send(auth(0x19, 'M', 'hello'))
  assert.equal(((await client.next()) as AuthPacket).reasonCode, 0x18)
  client.send(auth(0x18, 'M', 'yes'))
  assert.equal(((await client.next()) as AuthPacket).reasonCode, 0)
  client.send(auth(0x19, 'M', 'no'))
  assert.equal(await client.line(), 'disconnect 0x87')
  await client.ended()
})

test('[MQTT-4.13.1-1] malformed packets and protocol errors end the connection with their code', async () => {
  await hub.refuses(Buffer.of(0x00, 0x00), 0x81)
  await hub.refuses(packet(0x30), 0x81)
  await hub.refuses(packet(0x20, 0, 0, 0), 0x82)
  await hub.refuses(packet(0x30, 't', properties(0x01, 1, 0x01, 1)), 0x82)
  await hub.refuses(packet(0x30, 't', properties(0x11, 0, 0, 0, 1)), 0x81)
  await hub.refuses(packet(0x30, 't', properties(0x7f)), 0x81)
  await hub.refuses(Buffer.of(0xc0, 0xff, 0xff, 0xff, 0xff, 0x01), 0x81)
})

test('[MQTT-4.13.2-1] after a code of 0x80 or more the connection is closed', async () => {
  await hub.refuses(publish('a/#', 'x'), 0x81)
  await hub.refuses(connectWith(0x03, 'c'), 0x81, true)
})

test('3.1.1 has no DISCONNECT from the hub: errors just end the connection', async () => {
  const client = await hub.client({ version: 4 })
  client.send(packet(0x30, 'a/#'))
  await client.ended()
})
