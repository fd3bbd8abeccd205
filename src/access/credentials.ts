// Credentials of devices as people make them: a secret is made or taken, shown this once, and only what verifies it
// is kept.
import type { Clock } from '../lib/clock.ts'
import { AckstoneError } from '../errors.ts'
import type { Devices } from './devices.ts'
import { isDeviceName } from './names.ts'
import type { Credential, PasswordRecord } from './records.ts'
import { invalid } from './roles.ts'
import { digestOf, newId, newPassword, newToken, passwordRecord } from './secrets.ts'

export type CredentialDraft =
  /** A token of one's own is for devices that move here with it. */
  | { kind: 'token'; token?: string | undefined }
  | {
      kind: 'password'
      username?: string | undefined
      password?: string | undefined
      /** Also with SCRAM-SHA-256. */
      scram: boolean
    }
  | { kind: 'certificate'; fingerprint?: string | undefined; commonName?: string | undefined }

export interface NewCredential {
  credential: Credential
  /** The token or password; undefined for a certificate. */
  secret: string | undefined
}

const tokenLengthMin = 20

export class Credentials {
  readonly #devices: Devices
  readonly #isAccount: (name: string) => boolean
  readonly #clock: Clock

  constructor(devices: Devices, isAccount: (name: string) => boolean, clock: Clock) {
    this.#devices = devices
    this.#isAccount = isAccount
    this.#clock = clock
  }

  async create(device: string, draft: CredentialDraft): Promise<NewCredential> {
    if (!isDeviceName(device)) throw invalid('/device', 'The name of a device has 1 to 256 bytes.')
    const { lookup, password, secret } = await this.#made(device, draft)
    const credential: Credential = {
      id: newId(),
      kind: draft.kind,
      lookup,
      createdAt: this.#now(),
      ...(password === undefined ? {} : { password }),
    }
    await this.#devices.add(device, credential)
    return { credential, secret }
  }

  async rotate(device: string, id: string, given: string | undefined): Promise<NewCredential> {
    const known = (await this.#devices.get(device))?.credentials.find((each) => each.id === id)
    if (known === undefined) {
      throw new AckstoneError('ACCESS_NOT_FOUND', { what: `credential of ${device}`, name: id })
    }
    if (known.kind === 'certificate') {
      throw invalid('/kind', 'A certificate has no secret here; enter the new one beside it and revoke this.')
    }
    const isToken = known.kind === 'token'
    const secret = isToken ? tokenOf(given) : (given ?? newPassword())
    const hasScram = known.password?.scram !== undefined
    const password = isToken ? undefined : await passwordRecord(secret, hasScram)
    const access = await this.#devices.replace(device, id, (credential) => ({
      ...credential,
      rotatedAt: this.#now(),
      lookup: isToken ? `token/${digestOf(secret)}` : credential.lookup,
      ...(password === undefined ? {} : { password }),
    }))
    return { credential: access.credentials.find((each) => each.id === id)!, secret }
  }

  async #made(
    device: string,
    draft: CredentialDraft,
  ): Promise<{ lookup: string; password?: PasswordRecord; secret: string | undefined }> {
    switch (draft.kind) {
      case 'token': {
        const secret = tokenOf(draft.token)
        return { lookup: `token/${digestOf(secret)}`, secret }
      }
      case 'password': {
        const { username = device, password: secret = newPassword(), scram } = draft
        if (!isDeviceName(username)) throw invalid('/username', 'A user name has 1 to 256 bytes.')
        if (this.#isAccount(username)) {
          throw new AckstoneError('ACCESS_TAKEN', { what: 'user name', name: username })
        }
        return { lookup: `name/${username}`, password: await passwordRecord(secret, scram), secret }
      }
      case 'certificate':
        return { lookup: certificateLookup(draft), secret: undefined }
    }
  }

  #now(): string {
    return new Date(this.#clock.nowUs() / 1000).toISOString()
  }
}

function tokenOf(given: string | undefined): string {
  if (given === undefined) return newToken()
  if (given.length >= tokenLengthMin) return given
  throw invalid('/token', `A token of your own has ${tokenLengthMin} characters or more.`)
}

function certificateLookup({
  fingerprint,
  commonName,
}: {
  fingerprint?: string | undefined
  commonName?: string | undefined
}): string {
  if ((fingerprint === undefined) === (commonName === undefined)) {
    throw invalid(
      '/fingerprint',
      'A certificate is known by its fingerprint or by its common name: give one.',
    )
  }
  if (commonName !== undefined) {
    if (isDeviceName(commonName)) return `cn/${commonName}`
    throw invalid('/commonName', 'A common name has 1 to 256 bytes and no control characters.')
  }
  const pairs = (fingerprint ?? '').replaceAll(':', '').toUpperCase()
  if (/^[0-9A-F]{64}$/.test(pairs)) return `fingerprint/${pairs.match(/../g)!.join(':')}`
  throw invalid('/fingerprint', 'A fingerprint is the SHA-256 of the certificate: 64 hexadecimal digits.')
}
