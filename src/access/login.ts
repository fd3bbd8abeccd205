// Who connects: a device by token, password, certificate or SCRAM, an account, a device that asks to be provisioned, or
// nobody in particular where that is allowed.
import { randomBytes } from 'node:crypto'
import type { Admission, Exchange, Rate } from '../broker/admission.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { ConnectPacket } from '../mqtt/packet.ts'
import { reasonCode } from '../mqtt/reason.ts'
import type { Connection, PeerCertificate } from '../transport/connection.ts'
import { neighbourhood } from './address.ts'
import type { Bans } from './bans.ts'
import { deviceGrants, type Devices } from './devices.ts'
import type { AccessLimitsReached } from './limits-reached.ts'
import { PasswordLine } from './password-line.ts'
import { provisioningName, type Provisioning } from './provisioning.ts'
import { Buckets } from './rates.ts'
import type { Account, DeviceGrants, Grants, PasswordRecord } from './records.ts'
import type { Roles } from './roles.ts'
import { saslprep } from './saslprep.ts'
import { readFirst, ScramServer, scramMethod } from './scram.ts'
import { digestOf } from './secrets.ts'
import type { Table } from './table.ts'
import { TopicRights } from './topic-rights.ts'

export interface LoginParts {
  clock: Clock
  log: Log
  devices: Devices
  accounts: Table<Account>
  roles: Roles
  bans: Bans
  reached: AccessLimitsReached
  provisioning: Provisioning
  isAnonymousAllowed: boolean
  /** Messages a second of one device; 0 for any number. */
  messagesPerSecondMax: number
}

/** Somebody who gave a name, before the secret has been looked at. */
interface Candidate {
  password: PasswordRecord
  admit: () => Admission
}

const nothing = Buffer.alloc(0)

export class Login {
  readonly #parts: LoginParts
  readonly #line: PasswordLine
  readonly #rates: Buckets
  /** From which names that nobody has get their salt. */
  readonly #disguise = randomBytes(32)

  constructor(parts: LoginParts) {
    this.#parts = parts
    this.#line = new PasswordLine(parts.clock)
    const { messagesPerSecondMax } = parts
    this.#rates = new Buckets(messagesPerSecondMax, messagesPerSecondMax)
  }

  /** Answers a CONNECT. */
  authenticate = (connect: ConnectPacket, connection: Connection): Admission | Promise<Admission> => {
    const { username, clientId } = connect
    const password = Buffer.from(connect.password ?? nothing)
    if (this.#isAnonymous(username, connection)) return this.#admitAnyone(clientId)
    if (username === undefined || (username === '' && password.length === 0)) {
      return this.#byCertificate(connection.peerCertificate, clientId)
    }
    const arrivedMs = this.#parts.clock.monotonicMs()
    if (password.length > 0) return this.#byPassword(username, password, connection, arrivedMs)
    if (username === provisioningName && this.#parts.provisioning.isOpen) {
      // Nothing of such a connection is to stay.
      connect.cleanStart = true
      connect.properties = { ...connect.properties, sessionExpiryInterval: 0 }
      return this.#parts.provisioning.admit((since) => this.#line.refuseInTime(since))
    }
    return this.#byToken(username, connection, arrivedMs)
  }

  beginExchange = (method: string, _connect: ConnectPacket, connection: Connection): Exchange | undefined => {
    return method === scramMethod ? this.#scram(connection) : undefined
  }

  /** What a device may do, entered or let in by its certificate. */
  async grantsOf(device: string): Promise<Grants> {
    const access = await this.#parts.devices.get(device)
    if (access !== undefined) return access
    const rule = this.#parts.provisioning.ruleForCertificate(device)
    return rule === undefined ? deviceGrants : { ...deviceGrants, roles: rule.roles }
  }

  /** As long as nobody has ever been entered, a name means nothing. */
  #isAnonymous(username: string | undefined, connection: Connection): boolean {
    const { isAnonymousAllowed, devices, accounts, provisioning } = this.#parts
    if (!isAnonymousAllowed || connection.peerCertificate !== undefined) return false
    if (username === undefined) return true
    return !devices.hasBegun && accounts.size === 0 && !provisioning.isOpen
  }

  #admitAnyone(device: string): Admission {
    const rate = this.#rateOf(device)
    if (this.#parts.bans.refuses(device)) return refused(reasonCode.banned)
    return { isAllowed: true, device, reasonCode: 0, ...(rate === undefined ? {} : { rate }) }
  }

  /** @param own of this device, when it has its own. */
  #rateOf(name: string, own?: number): Rate | undefined {
    const perSecond = own ?? this.#parts.messagesPerSecondMax
    if (perSecond === 0) return undefined
    const bucket = this.#rates.of(name, this.#parts.clock.monotonicMs(), perSecond)
    return {
      take: (count, nowMs) => {
        const waitMs = bucket.take(count, nowMs)
        if (waitMs > 0) this.#parts.reached.count('access.messagesPerSecondMax', name, bucket.perSecond)
        return waitMs
      },
    }
  }

  /** A device may send more, or less, from now on. Where there was no limit, or is none any more, that counts from
   *  its next connection. */
  rateChanged(device: string, own: number | undefined): void {
    const perSecond = own ?? this.#parts.messagesPerSecondMax
    if (perSecond > 0) this.#rates.known(device)?.resize(perSecond, perSecond)
  }

  async #byCertificate(certificate: PeerCertificate | undefined, clientId: string): Promise<Admission> {
    const { devices, provisioning, isAnonymousAllowed } = this.#parts
    if (certificate === undefined) return refused(reasonCode.notAuthorized)
    const { commonName, fingerprint256 } = certificate
    const found =
      (await devices.find(`fingerprint/${fingerprint256.toUpperCase()}`)) ??
      (commonName === '' ? undefined : await devices.find(`cn/${commonName}`))
    if (found !== undefined) return this.#admitDevice(found.access.device, found.credential.id, found.access)
    const rule = provisioning.ruleForCertificate(commonName)
    if (rule !== undefined) {
      return this.#admitDevice(commonName, ruleCredential(rule.id), await this.grantsOf(commonName))
    }
    return isAnonymousAllowed ? this.#admitAnyone(clientId) : refused(reasonCode.notAuthorized)
  }

  async #byToken(token: string, connection: Connection, arrivedMs: number): Promise<Admission> {
    const found = await this.#parts.devices.find(`token/${digestOf(token)}`)
    if (found !== undefined) return this.#admitDevice(found.access.device, found.credential.id, found.access)
    await this.#line.refuseInTime(arrivedMs)
    return this.#refuse('an access token that is not known', connection)
  }

  async #byPassword(
    name: string,
    password: Buffer,
    connection: Connection,
    arrivedMs: number,
  ): Promise<Admission> {
    const candidate = await this.#candidate(name)
    const from = neighbourhood(connection.remote)
    const verdict = await this.#line.check({ name, from, password, hash: candidate?.password.hash })
    if (verdict === 'busy') return refused(reasonCode.serverBusy)
    if (verdict === 'wrong') return this.#refuse('a wrong user name or password', connection)
    // It may have been changed or revoked while it waited in line.
    const now = await this.#candidate(name)
    if (now !== undefined && now.password.hash === candidate?.password.hash) return now.admit()
    await this.#line.refuseInTime(arrivedMs)
    return this.#refuse('a wrong user name or password', connection)
  }

  async #candidate(name: string): Promise<Candidate | undefined> {
    const account = this.#parts.accounts.get(name)
    if (account !== undefined) {
      return { password: account.password, admit: () => this.#admitAccount(account) }
    }
    const found = await this.#parts.devices.find(`name/${name}`)
    if (found?.credential.password === undefined) return undefined
    const { access, credential } = found
    return {
      password: found.credential.password,
      admit: () => this.#admitDevice(access.device, credential.id, access),
    }
  }

  #admitDevice(device: string, credential: string, grants: DeviceGrants): Admission {
    if (this.#parts.bans.refuses(device)) return refused(reasonCode.banned)
    const rate = this.#rateOf(device, grants.messagesPerSecondMax)
    return {
      isAllowed: true,
      device,
      reasonCode: 0,
      owner: ownerOfDevice(device),
      credential: credentialName(device, credential),
      rights: new TopicRights(this.#parts.roles, device, grants),
      ...(rate === undefined ? {} : { rate }),
    }
  }

  #admitAccount(account: Account): Admission {
    const owner = ownerOfAccount(account.name)
    const rate = this.#rateOf(owner)
    return {
      isAllowed: true,
      device: '',
      reasonCode: 0,
      owner,
      credential: owner,
      rights: new TopicRights(this.#parts.roles, '', account),
      ...(rate === undefined ? {} : { rate }),
    }
  }

  #scram(connection: Connection): Exchange {
    let server: ScramServer | undefined
    let name = ''
    let storedKey: string | undefined
    return {
      step: async (data) => {
        const arrivedMs = this.#parts.clock.monotonicMs()
        if (server === undefined) {
          const first = readFirst(data)
          if (first === undefined) return this.#refuseScram(connection, arrivedMs)
          name = await this.#scramName(first.username)
          const keys = (await this.#candidate(name))?.password.scram
          storedKey = keys?.storedKey
          server = new ScramServer(first, keys, this.#disguise)
          return { challenge: Buffer.from(server.challenge) }
        }
        const signature = server.finish(data)
        const candidate = signature === undefined ? undefined : await this.#candidate(name)
        const isCurrent = storedKey !== undefined && candidate?.password.scram?.storedKey === storedKey
        if (signature === undefined || candidate === undefined || !isCurrent) {
          return this.#refuseScram(connection, arrivedMs)
        }
        return { ...candidate.admit(), data: Buffer.from(signature) }
      },
    }
  }

  /** A name is looked for as its client prepared it, or as it was entered. */
  async #scramName(given: string): Promise<string> {
    const prepared = saslprep(given) ?? given
    return (await this.#candidate(prepared)) === undefined ? given : prepared
  }

  async #refuseScram(connection: Connection, arrivedMs: number): Promise<Admission> {
    await this.#line.refuseInTime(arrivedMs)
    this.#refuse('SCRAM: a wrong user name or password', connection)
    return refused(reasonCode.notAuthorized)
  }

  #refuse(why: string, connection: Connection): Admission {
    this.#parts.log.info('connection refused', { why, remote: connection.remote })
    return refused(reasonCode.badUserNameOrPassword)
  }
}

function refused(code: number): Admission {
  return { isAllowed: false, device: '', reasonCode: code }
}

export function ownerOfDevice(device: string): string {
  return `d:${device}`
}

export function ownerOfAccount(name: string): string {
  return `a:${name}`
}

/** What a device has that a rule lets in by its certificate. */
export function ruleCredential(id: string): string {
  return `rule/${id}`
}

/** What a connection is known by to have logged in with. */
export function credentialName(device: string, id: string): string {
  return `${ownerOfDevice(device)} ${id}`
}
