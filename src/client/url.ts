// MQTT addresses as people write them: mqtt://user:password@host:1883/topic, and the aliases of other tools.
// What can't be used is said with the password left out.
import { AckstoneError } from '../errors.ts'

export interface MqttAddress {
  transport: 'tcp' | 'tls' | 'ws' | 'wss'
  /** Name or address, an IPv6 one without its brackets. */
  host: string
  port: number
  username: string | undefined
  password: string | undefined
  /** What follows the host, decoded and without the leading slash: a topic for `pub` and `sub`,
   *  the path of the endpoint for WebSocket. Empty when there is none. */
  path: string
}

export const defaultPorts: Readonly<Record<MqttAddress['transport'], number>> = {
  tcp: 1883,
  tls: 8883,
  ws: 80,
  wss: 443,
}

const transports: Readonly<Record<string, MqttAddress['transport']>> = {
  'mqtt:': 'tcp',
  'tcp:': 'tcp',
  'mqtts:': 'tls',
  'ssl:': 'tls',
  'tls:': 'tls',
  'ws:': 'ws',
  'wss:': 'wss',
}

/** Reads an MQTT URL.
 *  @throws URL_INVALID when it isn't one; the message never holds its password. */
export function parseMqttUrl(text: string): MqttAddress {
  const url = URL.parse(text)
  if (url === null) throw invalid(text, 'it is no URL')
  const transport = transports[url.protocol]
  if (transport === undefined) throw invalid(text, `the scheme "${url.protocol.slice(0, -1)}" is not MQTT`)
  if (url.hostname === '') throw invalid(text, 'it names no host')
  if (url.port === '0') throw invalid(text, 'port 0 can’t be connected to')
  return {
    transport,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? defaultPorts[transport] : Number(url.port),
    username: url.username === '' ? undefined : decode(url.username, text),
    password: url.password === '' ? undefined : decode(url.password, text),
    // Not from url.pathname: `#` is no fragment here but a wildcard.
    path: decode(text.replace(/^[^:]+:\/\/[^/]*\/?/, ''), text),
  }
}

/** The URL as it may be shown and logged: without user name and password. */
export function redactUrl(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1')
}

/** "host:port", an IPv6 host in brackets. */
export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function decode(part: string, text: string): string {
  try {
    return decodeURIComponent(part)
  } catch (error) {
    throw invalid(text, 'a percent sign in it is not followed by two hexadecimal digits', error)
  }
}

function invalid(text: string, reason: string, cause?: unknown): AckstoneError {
  return new AckstoneError('URL_INVALID', { url: redactUrl(text), cause: reason }, cause)
}
