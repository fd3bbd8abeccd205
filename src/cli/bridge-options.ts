// The options of `ackstone integration` that say how a bridge reaches the other broker. `--url` is taken: it is
// the address of this hub.
import type { Command } from 'commander'
import type { z } from 'zod'
import type * as shape from '../api/shapes.ts'
import { oneOf, readTextFile, secret, wholeNumber } from './option-values.ts'
import type { Terminal } from './terminal.ts'

type Draft = z.input<typeof shape.integrationDraft>
type ConnectionDraft = NonNullable<Draft['connection']>

export interface BridgeOptions {
  broker?: string
  brokerVersion?: '5' | '4'
  brokerId?: string
  username?: string
  pw?: string
  pwFile?: string
  cafile?: string
  cert?: string
  key?: string
  insecure?: boolean
  cleanStart?: boolean
  sessionExpiry?: number
  keepalive?: number
  connections?: number
}

export function addBridgeOptions(command: Command): void {
  command
    .option('--broker <url>', 'a bridge: the other broker, mqtt:// mqtts:// ws:// or wss://host:port')
    .option('--broker-version <version>', 'its MQTT version, 5 or 4 (default: found out)', oneOf('5', '4'))
    .option('--broker-id <id>', 'client identifier there (default: one is made up and kept)')
    .option('-u, --username <name>', 'user name there')
    .option(
      '-P, --pw <password>',
      'password there; others on this machine can see it, so rather use the next',
    )
    .option('--pw-file <file>', 'file that holds the password there (or set ACKSTONE_MQTT_PASSWORD)')
    .option('--cafile <file>', 'authorities that may have signed its certificate, PEM')
    .option('--cert <file>', 'our certificate for it, PEM')
    .option('--key <file>', 'the private key of our certificate, PEM')
    .option('--insecure', 'take whatever certificate it shows; for trying out only')
    .option('--clean-start', 'it keeps nothing while there is no connection')
    .option(
      '--session-expiry <seconds>',
      'how long it is asked to keep the session',
      wholeNumber(0, 0xffffffff),
    )
    .option('--keepalive <seconds>', 'keep-alive time, 0 for none', wholeNumber(0, 65_535))
    .option(
      '--connections <number>',
      'connections that share the messages of $share filters',
      wholeNumber(1, 32),
    )
}

/** Puts what the options say into the draft; secrets that they don't mention are left as they are. */
export function applyBridgeOptions(terminal: Terminal, options: BridgeOptions, draft: Draft): void {
  const said = connectionOf(terminal, options)
  if (options.connections !== undefined) draft.connections = options.connections
  if (options.broker === undefined && draft.connection === undefined) return
  draft.kind = 'bridge'
  draft.connection = { ...(draft.connection as ConnectionDraft), ...said }
}

function connectionOf(terminal: Terminal, options: BridgeOptions): Partial<ConnectionDraft> {
  const { broker, brokerVersion, brokerId, username, cafile, cert, key } = options
  const password = secret(terminal, {
    option: '--pw',
    value: options.pw,
    file: options.pwFile,
    variables: options.username === undefined ? [] : ['ACKSTONE_MQTT_PASSWORD'],
  })
  return {
    ...(broker !== undefined && { url: broker }),
    ...(brokerVersion !== undefined && { protocolVersion: brokerVersion === '5' ? 5 : 4 }),
    ...(brokerId !== undefined && { clientId: brokerId }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(cafile !== undefined && { ca: readTextFile(cafile, '--cafile') }),
    ...(cert !== undefined && { cert: readTextFile(cert, '--cert') }),
    ...(key !== undefined && { key: readTextFile(key, '--key') }),
    ...(options.insecure === true && { verify: false }),
    ...(options.cleanStart === true && { cleanStart: true }),
    ...(options.sessionExpiry !== undefined && { sessionExpiry: options.sessionExpiry }),
    ...(options.keepalive !== undefined && { keepAlive: options.keepalive }),
  }
}
