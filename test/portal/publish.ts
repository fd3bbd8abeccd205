// Publishes as devices do, with a client of another make, and waits for the acknowledgement.
import { connectAsync } from 'mqtt'
import type { Portal } from './browser.ts'

/** At QoS 1; resolves when it is stored. */
export async function publish(
  portal: Portal,
  device: string,
  payload: unknown,
  topic = 'v1/devices/me/telemetry',
) {
  const client = await connectAsync(`mqtt://127.0.0.1:${portal.hub.mqttPort}`, { clientId: device })
  await client.publishAsync(topic, JSON.stringify(payload), { qos: 1 })
  await client.endAsync()
}
