// Publishing to a hub over MQTT, as the tests of the Cassandra store need it.
import { connectClient } from '../../src/client/client.ts'
import type { HubProcess } from '../hub.ts'

/** Publishes at QoS 1 as a client of its own; resolves when the hub has acknowledged. */
export async function publish(hub: HubProcess, topic: string, payload: unknown): Promise<void> {
  const client = await connectClient({ url: `mqtt://127.0.0.1:${hub.mqttPort}`, clientId: 'tester' })
  try {
    await client.publish(topic, JSON.stringify(payload), { qos: 1 })
  } finally {
    await client.end()
  }
}
