// How a bridge reaches the other broker: what a person may say, what is kept, and what is shown of it.
// Passwords and private keys are kept and used, and never shown or logged.
import type { ClientOptions } from '../../client/options.ts'
import { formatAddress, parseMqttUrl, redactUrl, type MqttAddress } from '../../client/url.ts'

/** Connections of one integration at most. */
export const connectionsMax = 32
/** How long the broker is asked to keep the session, seconds: a week. */
export const sessionExpiryDefault = 604_800

export interface BridgeConnectionDraft {
  /** mqtt, mqtts, ws or wss; tcp and ssl mean the first two. A login in it is taken out of it. */
  url: string
  /** Left out: 5, and 4 where the broker doesn't know 5. */
  protocolVersion?: 4 | 5
  /** Left out: one is made up and kept. */
  clientId?: string
  username?: string
  /** Left out in a change: it stays as it is. null: there is none any more. The same with the key. */
  password?: string | null
  /** PEM. */
  ca?: string
  cert?: string
  key?: string | null
  verify?: boolean
  cleanStart?: boolean
  /** Seconds. */
  sessionExpiry?: number
  /** Seconds. */
  keepAlive?: number
}

/** As kept in the registry. */
export interface BridgeConnection {
  /** Without user name and password. */
  url: string
  protocolVersion?: 4 | 5
  clientId: string
  username?: string
  password?: string
  ca?: string
  cert?: string
  key?: string
  verify: boolean
  cleanStart: boolean
  sessionExpiry: number
  keepAlive: number
}

/** Fills in the defaults.
 *  @param draft that has been checked.
 *  @param before what was kept so far; its secrets stay where the draft says nothing about them.
 *  @param clientId for a draft without one. */
export function completeConnection(
  draft: BridgeConnectionDraft,
  before: BridgeConnection | undefined,
  clientId: () => string,
): BridgeConnection {
  const { ca, cert, protocolVersion } = draft
  const { username, password } = loginOf(draft)
  const key = secretOf(draft.key, before?.key)
  const kept = secretOf(password, before?.password)
  return {
    url: redactUrl(draft.url),
    ...(protocolVersion !== undefined && { protocolVersion }),
    clientId: draft.clientId ?? before?.clientId ?? clientId(),
    ...(username !== undefined && { username }),
    ...(kept !== undefined && username !== undefined && { password: kept }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && cert !== undefined && { key }),
    verify: draft.verify ?? true,
    cleanStart: draft.cleanStart ?? false,
    sessionExpiry: draft.sessionExpiry ?? sessionExpiryDefault,
    keepAlive: draft.keepAlive ?? 60,
  }
}

/** User name and password: those beside the URL win over those in it.
 *  @throws URL_INVALID */
export function loginOf({ url, username, password }: BridgeConnectionDraft) {
  const inUrl = parseMqttUrl(url)
  return {
    username: username ?? inUrl.username,
    password: password === undefined ? inUrl.password : password,
  }
}

function secretOf(said: string | null | undefined, before: string | undefined): string | undefined {
  return said === null ? undefined : (said ?? before)
}

/** host:port */
export function addressOf({ url }: Pick<BridgeConnection, 'url'>): string {
  const { host, port } = parseMqttUrl(url)
  return formatAddress(host, port)
}

export function isSecure(transport: MqttAddress['transport']): boolean {
  return transport === 'tls' || transport === 'wss'
}

/** The client identifier of one of the connections, counted from 1. */
export function clientIdOf({ clientId }: BridgeConnection, connections: number, number: number): string {
  return connections === 1 ? clientId : `${clientId}-${number}`
}

/** Names a session at a broker. */
export function sessionOf(connection: Pick<BridgeConnection, 'url'>, clientId: string): string {
  return `${addressOf(connection)}/${clientId}`
}

/** Whether both stand for the same sessions at the same broker. */
export function isSameSession(a: BridgeConnection, b: BridgeConnection): boolean {
  return addressOf(a) === addressOf(b) && a.clientId === b.clientId
}

/** What the client is asked to be. */
export function clientOptionsOf(connection: BridgeConnection, clientId: string): ClientOptions {
  const { url, protocolVersion, username, password, ca, cert, key, verify } = connection
  return {
    url,
    protocolVersion: protocolVersion ?? 'auto',
    clientId,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(isSecure(parseMqttUrl(url).transport) && { tls: { ca, cert, key, isInsecure: !verify } }),
    cleanStart: connection.cleanStart,
    sessionExpiryInterval: connection.cleanStart ? 0 : connection.sessionExpiry,
    keepAlive: connection.keepAlive,
  }
}
