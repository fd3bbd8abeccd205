// What a bridge's connection must fulfil beyond its shape. Every fault is named with the member it is in.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { parseMqttUrl } from '../../client/url.ts'
import { AckstoneError, type FieldError } from '../../errors.ts'
import { parseNamedFilter } from '../../mqtt/topic.ts'
import type { IntegrationDraft } from '../integration.ts'
import {
  addressOf,
  connectionsMax,
  isSecure,
  loginOf,
  type BridgeConnection,
  type BridgeConnectionDraft,
} from './connection.ts'

/** @param before what is kept so far, where a bridge is changed. */
export function connectionFaults(
  draft: Pick<IntegrationDraft, 'kind' | 'topics' | 'connection' | 'connections'>,
  before: BridgeConnection | undefined,
): FieldError[] {
  const { kind, connection, connections = 1 } = draft
  if (kind !== 'bridge') {
    if (connection === undefined && draft.connections === undefined) return []
    return [{ pointer: '/connection', detail: 'Only a bridge has a connection: set kind to "bridge".' }]
  }
  if (connection === undefined) {
    return [{ pointer: '/connection', detail: 'A bridge needs a connection: {"url": "mqtts://…"}.' }]
  }
  const wrong = typeFaults(connection, connections)
  const faults = wrong.length > 0 ? wrong : urlFaults(connection)
  if (faults.length > 0) return faults
  return [
    ...certificateFaults(connection, before),
    ...secretFaults(connection, before),
    ...sharingFaults(draft.topics, connections),
  ]
}

/** What ackstone.yaml says comes as YAML reads it: a password of digits as a number, say. */
function typeFaults(connection: object, connections: unknown): FieldError[] {
  const faults: FieldError[] = []
  for (const [member, value] of Object.entries(connection)) {
    if (value === undefined) continue
    const expected = expectations[member as keyof typeof expectations] as Expectation | undefined
    const pointer = `/connection/${member}`
    if (expected === undefined)
      faults.push({ pointer, detail: `There is no member "${member}" in a connection.` })
    else if (!expected.accepts(value)) faults.push({ pointer, detail: `It must be ${expected.what}.` })
  }
  if (!('url' in connection)) faults.push({ pointer: '/connection/url', detail: 'A connection needs a URL.' })
  const number = wholeNumber(1, connectionsMax)
  if (!number.accepts(connections))
    faults.push({ pointer: '/connections', detail: `It must be ${number.what}.` })
  return faults
}

interface Expectation {
  what: string
  accepts(value: unknown): boolean
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
const text: Expectation = { what: 'text; put it in quotes', accepts: isText }
const secret: Expectation = {
  what: 'text, in quotes, or null',
  accepts: (value) => value === null || typeof value === 'string',
}
const yesOrNo: Expectation = { what: 'true or false', accepts: (value) => typeof value === 'boolean' }

function wholeNumber(min: number, max: number): Expectation {
  const accepts = (value: unknown): boolean =>
    Number.isInteger(value) && Number(value) >= min && Number(value) <= max
  return { what: `a whole number from ${min} to ${max}`, accepts }
}

const expectations: Readonly<Record<keyof BridgeConnectionDraft, Expectation>> = {
  url: text,
  protocolVersion: { what: '5 or 4', accepts: (value) => value === 5 || value === 4 },
  clientId: text,
  username: text,
  password: secret,
  ca: text,
  cert: text,
  key: secret,
  verify: yesOrNo,
  cleanStart: yesOrNo,
  sessionExpiry: wholeNumber(0, 0xffffffff),
  keepAlive: wholeNumber(0, 65_535),
}

function urlFaults({ url }: BridgeConnectionDraft): FieldError[] {
  try {
    parseMqttUrl(url)
    return []
  } catch (error) {
    if (!(error instanceof AckstoneError)) throw error
    return [{ pointer: '/connection/url', detail: `${error.message} ${error.hint}` }]
  }
}

function certificateFaults(draft: BridgeConnectionDraft, before: BridgeConnection | undefined): FieldError[] {
  const { url, ca, cert, verify } = draft
  const key = draft.key === null ? undefined : (draft.key ?? before?.key)
  const faults: FieldError[] = []
  const fault = (member: string, detail: string): void => {
    faults.push({ pointer: `/connection/${member}`, detail })
  }
  if (!isSecure(parseMqttUrl(url).transport)) {
    for (const member of ['ca', 'cert', 'key'] as const) {
      if (typeof draft[member] === 'string')
        fault(member, 'It is used with mqtts and wss only; change the URL.')
    }
    if (verify === false) fault('verify', 'There is no certificate to verify without mqtts or wss.')
    return faults
  }
  if (ca !== undefined) readPem(ca, 'certificate', (detail) => fault('ca', detail))
  if (cert === undefined) {
    if (typeof draft.key === 'string') fault('key', 'A key needs its certificate, in "cert".')
    return faults
  }
  const certificate = readPem(cert, 'certificate', (detail) => fault('cert', detail))
  if (key === undefined) fault('cert', 'A certificate needs its private key, in "key".')
  else {
    const privateKey = readKey(key, (detail) => fault('key', detail))
    if (certificate && privateKey && !certificate.checkPrivateKey(privateKey)) {
      fault('key', 'The key does not belong to the certificate in "cert".')
    }
  }
  return faults
}

function readPem(text: string, what: string, fault: (detail: string) => void): X509Certificate | undefined {
  try {
    return new X509Certificate(text)
  } catch (error) {
    fault(`It is no ${what} in PEM form (-----BEGIN CERTIFICATE-----): ${messageOf(error)}.`)
    return undefined
  }
}

function readKey(
  text: string,
  fault: (detail: string) => void,
): ReturnType<typeof createPrivateKey> | undefined {
  try {
    return createPrivateKey(text)
  } catch (error) {
    fault(`It is no private key in PEM form without a passphrase: ${messageOf(error)}.`)
    return undefined
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** A secret that stays is for the broker and user it was given for: it is not sent to another. */
function secretFaults(draft: BridgeConnectionDraft, before: BridgeConnection | undefined): FieldError[] {
  const { username, password } = loginOf(draft)
  const faults: FieldError[] = []
  if (typeof password === 'string' && username === undefined) {
    faults.push({ pointer: '/connection/username', detail: 'A password needs a user name.' })
  }
  if (before === undefined || addressOf(before) === addressOf(draft)) return faults
  const stays = (member: string): FieldError => ({
    pointer: `/connection/${member}`,
    detail: `The ${member} that is kept was given for ${addressOf(before)}. Give it again for ${addressOf(draft)}, or null for none.`,
  })
  if (before.password !== undefined && password === undefined) faults.push(stays('password'))
  if (before.key !== undefined && draft.key === undefined) faults.push(stays('key'))
  return faults
}

/** Several connections receive each message once only where the broker shares it out among them. */
function sharingFaults(topics: IntegrationDraft['topics'], connections: number): FieldError[] {
  if (connections === 1) return []
  const faults: FieldError[] = []
  for (const [i, { filter }] of topics.entries()) {
    const named = parseNamedFilter(filter)
    if ('error' in named || named.group !== undefined) continue
    faults.push({
      pointer: `/topics/${i}/filter`,
      detail: `With ${connections} connections each message would come ${connections} times: write $share/ackstone/${filter}, or use one connection.`,
    })
  }
  return faults
}
