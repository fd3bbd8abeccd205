// A device on MQTT.js that hears from the first packet on. What is owed to a session comes in one piece with
// CONNACK; whoever listens only once it is connected has confirmed messages that nobody has seen.
import { connect, type IClientOptions, type MqttClient } from 'mqtt'

/** Resolves once it is connected; rejects when the connection ends before. It does not connect again by itself. */
export async function connectDevice(
  port: number,
  options: IClientOptions,
  onMessage: (payload: Buffer) => void,
): Promise<MqttClient> {
  const client = connect(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, ...options })
  client.on('message', (_topic, payload) => onMessage(payload))
  client.on('error', () => undefined)
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve())
    client.once('close', () => reject(new Error('the connection ended before CONNACK')))
  })
  return client
}
