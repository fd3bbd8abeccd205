// SCRAM-SHA-256 (RFC 5802, RFC 7677) as an enhanced authentication of MQTT 5: the client proves that it knows the
// password, the hub proves that it knows what verifies it, and the password itself never travels.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { ScramKeys } from './records.ts'
import { scramIterations } from './secrets.ts'

export const scramMethod = 'SCRAM-SHA-256'
const messageBytesMax = 2_048
const nonceLengthMax = 512

/** What the client said first. */
export interface ScramFirst {
  username: string
  header: string
  bare: string
  nonce: string
}

/** Reads `n,,n=user,r=nonce`; undefined for anything else. Channel binding is not offered. */
export function readFirst(data: Uint8Array): ScramFirst | undefined {
  const text = textOf(data)
  // No extension is understood, so none that is mandatory (m=) is let through.
  const match = /^([ny],(?:a=([^,]*))?,)(n=([^,]*),r=([\x21-\x2b\x2d-\x7e]+)(?:,[a-ln-z]=[^,]*)*)$/i.exec(
    text,
  )
  if (match === null) return undefined
  const [, header = '', authorised, bare = '', escaped = '', nonce = ''] = match
  if (/=(?!2C|3D)/.test(escaped) || nonce.length > nonceLengthMax) return undefined
  if (authorised !== undefined && authorised !== escaped) return undefined
  const username = escaped.replaceAll('=2C', ',').replaceAll('=3D', '=')
  return username === '' ? undefined : { username, header, bare, nonce }
}

/** The hub's half of one exchange. */
export class ScramServer {
  readonly #first: ScramFirst
  readonly #keys: ScramKeys | undefined
  readonly #nonce: string
  /** `r=…,s=…,i=…` for the client. */
  readonly challenge: string

  /** @param keys undefined for a name that nobody has: the exchange goes on and fails at its end.
   *  @param disguise a secret from which such a name gets its salt, the same each time. */
  constructor(first: ScramFirst, keys: ScramKeys | undefined, disguise: Buffer) {
    this.#first = first
    this.#keys = keys
    this.#nonce = first.nonce + randomBytes(18).toString('base64')
    const salt = keys?.salt ?? disguised(first.username, disguise)
    this.challenge = `r=${this.#nonce},s=${salt},i=${keys?.iterations ?? scramIterations}`
  }

  /** Reads `c=…,r=…,p=…`. Returns `v=…` for the client; undefined when it has not proven itself. */
  finish(data: Uint8Array): string | undefined {
    const match = /^(c=([\w+/=]+),r=([\x21-\x2b\x2d-\x7e]+)),p=([\w+/]{43}=)$/.exec(textOf(data))
    if (match === null || this.#keys === undefined) return undefined
    const [, withoutProof = '', binding = '', nonce = '', proof = ''] = match
    if (nonce !== this.#nonce || Buffer.from(binding, 'base64').toString() !== this.#first.header)
      return undefined
    const message = `${this.#first.bare},${this.challenge},${withoutProof}`
    const storedKey = Buffer.from(this.#keys.storedKey, 'base64')
    const signature = createHmac('sha256', storedKey).update(message).digest()
    const given = Buffer.from(proof, 'base64')
    const clientKey = signature.map((byte, at) => byte ^ given[at]!)
    if (!timingSafeEqual(createHash('sha256').update(clientKey).digest(), storedKey)) return undefined
    const serverKey = Buffer.from(this.#keys.serverKey, 'base64')
    return `v=${createHmac('sha256', serverKey).update(message).digest('base64')}`
  }
}

function disguised(username: string, disguise: Buffer): string {
  return createHmac('sha256', disguise).update(username).digest().subarray(0, 16).toString('base64')
}

function textOf(data: Uint8Array): string {
  return data.length > messageBytesMax ? '' : Buffer.from(data).toString()
}
