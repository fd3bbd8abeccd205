// The letters that `pub`, `sub` and `demo` share with mosquitto_pub and mosquitto_sub, and the connection
// that follows from them.
import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import type { ClientOptions } from '../client/options.ts'
import { defaultPorts, parseMqttUrl } from '../client/url.ts'
import type { PacketQos, Will } from '../mqtt/packet.ts'
import type { ClientTls } from '../transport/connect.ts'
import { usageFailure } from './exit-code.ts'
import { oneOf, readTextFile, secret, seconds, wholeNumber } from './option-values.ts'
import type { Terminal } from './terminal.ts'
import { hubPort } from './variables.ts'

export interface MqttOptions {
  host?: string
  port?: number
  url?: string
  username?: string
  pw?: string
  pwFile?: string
  cafile?: string
  cert?: string
  key?: string
  insecure?: boolean
  id?: string
  keepalive: number
  protocolVersion: 4 | 5
  disableCleanSession?: boolean
  sessionExpiryInterval?: number
  connectTimeout: number
  willTopic?: string
  willPayload?: string
  willQos: PacketQos
  willRetain?: boolean
  debug?: boolean
}

const neverExpires = 4_294_967_295

export function qosValue(text: string): PacketQos {
  return Number(oneOf('0', '1', '2')(text)) as PacketQos
}

function versionValue(text: string): 4 | 5 {
  const word = oneOf('5', 'mqttv5', '311', '3.1.1', '4', 'mqttv311')(text)
  return word === '5' || word === 'mqttv5' ? 5 : 4
}

/** Options of the connection itself. */
export function addConnectionOptions(command: Command): Command {
  return command
    .option('-h, --host <name>', 'host of the broker (default: 127.0.0.1)')
    .option(
      '-p, --port <number>',
      'its port (default: ACKSTONE_MQTT_PORT, else 1883; with TLS ACKSTONE_MQTTS_PORT, else 8883)',
      wholeNumber(1, 65_535),
    )
    .option(
      '-L, --url <url>',
      'all in one: mqtt:// or mqtts://user:password@host:port/topic, ws:// or wss://host:port/path',
    )
    .option('-u, --username <name>', 'user name')
    .option('-P, --pw <password>', 'password; others on this machine can see it, so rather use the next')
    .option('--pw-file <file>', 'file that holds the password (or set ACKSTONE_MQTT_PASSWORD)')
    .option('--cafile <file>', 'TLS, with the authorities of this PEM file instead of the usual ones')
    .option('--cert <file>', 'our certificate, PEM, for brokers that ask for one; needs --key')
    .option('--key <file>', 'its private key, PEM')
    .option('--insecure', 'TLS with whatever certificate the broker shows; for trying out only')
    .option('-k, --keepalive <seconds>', 'keep-alive time, 0 for none', wholeNumber(0, 65_535), 60)
    .option('-V, --protocol-version <version>', '5 (mqttv5) or 311 (mqttv311)', versionValue, 5)
    .option('--connect-timeout <seconds>', 'give up connecting after this time', seconds, 10)
}

/** Options of the session and its will. */
export function addSessionOptions(command: Command): Command {
  return command
    .option('-i, --id <id>', 'client identifier (default: a random one)')
    .option('-c, --disable-clean-session', 'keep the session when the connection ends; needs --id')
    .option(
      '-x, --session-expiry-interval <seconds>',
      'how long the session is kept, MQTT 5 (default with -c: for ever)',
      wholeNumber(0, neverExpires),
    )
    .option('--will-topic <topic>', 'what the broker publishes when this client vanishes: its topic')
    .option('--will-payload <text>', 'its payload (default: empty)')
    .option('--will-qos <qos>', 'its QoS', qosValue, 0)
    .option('--will-retain', 'it is retained')
    .option('-d, --debug', 'say on stderr what goes on')
}

/** What to connect with, and the topic that a URL names, or nothing; `purpose` goes into a random client
 *  identifier. */
export function clientOptions(
  terminal: Terminal,
  options: MqttOptions,
  purpose: string,
): { client: ClientOptions; topic: string } {
  const address = options.url === undefined ? undefined : parseMqttUrl(options.url)
  const hasId = options.id !== undefined && options.id !== ''
  if (options.disableCleanSession === true && !hasId) {
    throw usageFailure(
      'The option -c keeps a session, and a session is found again by its client identifier.',
      'Give one with -i.',
    )
  }
  const password = secret(terminal, {
    option: '--pw',
    value: options.pw,
    file: options.pwFile,
    variables: ['ACKSTONE_MQTT_PASSWORD'],
  })
  const tls = tlsOf(options)
  const transport = address?.transport ?? (tls === undefined ? 'tcp' : 'tls')
  if (tls !== undefined && (transport === 'tcp' || transport === 'ws')) {
    throw usageFailure(
      `The options --cafile, --cert, --key and --insecure are for TLS, and ${options.url} is without.`,
      'Write mqtts:// or wss://.',
    )
  }
  const variable = transport === 'tls' ? 'ACKSTONE_MQTTS_PORT' : 'ACKSTONE_MQTT_PORT'
  const ownPort = address === undefined ? (hubPort(terminal, variable) ?? defaultPorts[transport]) : undefined
  const port = options.port ?? ownPort
  const client: ClientOptions = {
    ...(options.url !== undefined && { url: options.url }),
    ...(options.host !== undefined && { host: options.host }),
    ...(port !== undefined && { port }),
    ...(tls !== undefined && { tls }),
    ...(options.username !== undefined && { username: options.username }),
    ...(password !== undefined && { password }),
    ...(options.sessionExpiryInterval !== undefined && {
      sessionExpiryInterval: options.sessionExpiryInterval,
    }),
    protocolVersion: options.protocolVersion,
    clientId: options.id ?? `ackstone-${purpose}-${randomBytes(4).toString('hex')}`,
    cleanStart: options.disableCleanSession !== true,
    keepAlive: options.keepalive,
    connectTimeoutMs: options.connectTimeout * 1000,
  }
  const will = willOf(options)
  if (will !== undefined) client.will = will
  const isWebSocket = transport === 'ws' || transport === 'wss'
  return { client, topic: isWebSocket ? '' : (address?.path ?? '') }
}

/** Undefined when nothing asks for TLS. */
function tlsOf({ cafile, cert, key, insecure }: MqttOptions): ClientTls | undefined {
  if ((cert === undefined) !== (key === undefined)) {
    throw usageFailure('A certificate and its key are given together.', 'Give both --cert and --key.')
  }
  if (cafile === undefined && cert === undefined && insecure !== true) return undefined
  return {
    ...(cafile !== undefined && { ca: readTextFile(cafile, '--cafile') }),
    ...(cert !== undefined && { cert: readTextFile(cert, '--cert') }),
    ...(key !== undefined && { key: readTextFile(key, '--key') }),
    isInsecure: insecure === true,
  }
}

function willOf(options: MqttOptions): Will | undefined {
  if (options.willTopic === undefined) {
    if (options.willPayload === undefined && options.willRetain === undefined) return undefined
    throw usageFailure('A will needs a topic.', 'Give one with --will-topic.')
  }
  return {
    topic: options.willTopic,
    payload: Buffer.from(options.willPayload ?? ''),
    qos: options.willQos,
    retain: options.willRetain === true,
  }
}
