// Who may connect and what they may do: the whole of it, as the hub starts it and the API changes it. A change counts
// once it is stored, and at once for connections that stand.
import type { Rights } from '../broker/admission.ts'
import { AckstoneError } from '../errors.ts'
import type { Ingest } from '../ingest/contract.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { reasonCode } from '../mqtt/reason.ts'
import type { Store } from '../storage/store.ts'
import type { Connection } from '../transport/connection.ts'
import { parseNetwork } from './address.ts'
import { Bans } from './bans.ts'
import { Credentials, type CredentialDraft, type NewCredential } from './credentials.ts'
import { readDeclared, type AccessConfig } from './declared.ts'
import { deviceGrants, Devices } from './devices.ts'
import { AccessLimitsReached } from './limits-reached.ts'
import { credentialName, Login, ownerOfAccount, ownerOfDevice, ruleCredential } from './login.ts'
import { isDeviceName } from './names.ts'
import { Provisioning } from './provisioning.ts'
import {
  accountsMax,
  bansMax,
  rolesMax,
  rulesMax,
  type Account,
  type Ban,
  type Credential,
  type DeviceAccess,
  type DeviceGrants,
  type Filters,
  type Grants,
  type ProvisioningRule,
  type Role,
} from './records.ts'
import { builtInRoles, checkFilters, invalid, Roles, type IntegrationTopics } from './roles.ts'
import { digestOf, newId, newPassword, newToken, passwordRecord } from './secrets.ts'
import { Table } from './table.ts'
import { TopicRights } from './topic-rights.ts'

/** The connections that stand, as far as access is concerned. */
export interface Connections {
  owners(): Set<string>
  rightsChanged(changed: ReadonlyMap<string, Rights | undefined>): void
  endConnections(isMeant: (link: LinkFacts) => boolean, code: number): void
}

interface LinkFacts {
  readonly credential: string
  readonly connection: Pick<Connection, 'remote'>
  readonly session: { readonly owner: string; readonly device: string } | undefined
}

export interface AccessOptions {
  store: Store
  ingest: Ingest
  clock: Clock
  log: Log
  /** Whether clients without credentials get in, with all rights. */
  isAnonymousAllowed: boolean
  config: AccessConfig
  /** Messages a second of one device, and connections a second of one address; 0 for any number. */
  messagesPerSecondMax: number
  connectsPerSecondMax: number
  integrations: () => readonly IntegrationTopics[]
}

const noGrants: Grants = { roles: [], publish: [], subscribe: [] }

export class Access {
  readonly #options: AccessOptions
  readonly #devices: Devices
  readonly #credentials: Credentials
  readonly #rights: Roles
  readonly #bans: Bans
  readonly roles: Table<Role>
  readonly accounts: Table<Account>
  readonly rules: Table<ProvisioningRule>
  readonly bans: Table<Ban>
  readonly login: Login
  readonly reached: AccessLimitsReached
  #connections: Connections | undefined

  private constructor(options: AccessOptions) {
    this.#options = options
    const { store, ingest, clock, log, config } = options
    const declared = readDeclared(config, this.#now())
    const shared = { store, ingest, onChange: () => undefined }
    this.roles = new Table({
      ...shared,
      what: 'role',
      keyOf: ({ name }) => name,
      max: rolesMax,
      managed: [...builtInRoles, ...declared.roles],
      onChange: () => this.integrationsChanged(),
    })
    const accounts = { what: 'account', keyOf: ({ name }: Account) => name, max: accountsMax }
    this.accounts = new Table({ ...shared, ...accounts, managed: declared.accounts })
    const rules = { what: 'rule', keyOf: ({ id }: ProvisioningRule) => id, max: rulesMax }
    this.rules = new Table({ ...shared, ...rules, managed: declared.rules })
    const bans = { what: 'ban', keyOf: ({ id }: Ban) => id, max: bansMax }
    this.bans = new Table({ ...shared, ...bans, managed: declared.bans, onChange: () => this.#bansChanged() })
    this.#devices = new Devices({ store, ingest, clock, declared: declared.devices })
    this.#credentials = new Credentials(this.#devices, (name) => this.accounts.get(name) !== undefined, clock)
    this.#rights = new Roles(this.roles, options.integrations)
    this.reached = new AccessLimitsReached(clock, log)
    this.#bans = new Bans(this.bans, clock, this.reached, options.connectsPerSecondMax)
    const { isAnonymousAllowed, messagesPerSecondMax } = options
    const parts = { clock, log, devices: this.#devices }
    this.login = new Login({
      ...parts,
      accounts: this.accounts,
      roles: this.#rights,
      bans: this.#bans,
      reached: this.reached,
      provisioning: new Provisioning({ ...parts, rules: this.rules }),
      isAnonymousAllowed,
      messagesPerSecondMax,
    })
  }

  /** @throws ACCESS_INVALID for what ackstone.yaml declares and can't work. */
  static async load(options: AccessOptions): Promise<Access> {
    const access = new Access(options)
    for (const table of [access.roles, access.accounts, access.rules, access.bans]) await table.load()
    await access.#devices.load()
    access.#bans.changed()
    const { devices, accounts, provisioningRules } = options.config
    for (const grants of [...devices, ...accounts]) access.#rights.check(grants)
    for (const { roles } of provisioningRules) access.#rights.check({ ...noGrants, roles })
    return access
  }

  /** For a listener: whether an address may connect now. */
  mayOpen = (connection: Connection): boolean => this.#bans.mayOpen(connection.remote)

  /** From now on changes count for connections that stand. What was kept while the rules were others is looked
   *  at once. */
  async attach(connections: Connections): Promise<void> {
    this.#connections = connections
    await this.#recheck(connections.owners())
  }

  /** Another hub on the same store has changed something: it counts here as well. */
  async refresh(): Promise<void> {
    for (const table of [this.roles, this.accounts, this.rules, this.bans]) await table.load()
    await this.#devices.refresh()
    this.#rights.version++
    this.#bansChanged()
    const connections = this.#connections
    if (connections === undefined) return
    const inUse = new Map<string, string>()
    connections.endConnections(({ credential, session }) => {
      if (credential !== '' && session !== undefined) inUse.set(credential, session.device)
      return false
    }, reasonCode.notAuthorized)
    for (const [credential, device] of inUse) {
      if (!(await this.#isValid(credential, device))) this.#endWith(credential)
    }
    await this.#recheck(connections.owners())
  }

  async #isValid(credential: string, device: string): Promise<boolean> {
    if (device === '') return this.accounts.list().some(({ name }) => ownerOfAccount(name) === credential)
    const ids = (await this.#devices.get(device))?.credentials.map(({ id }) => id) ?? []
    const known = [...ids, ...this.rules.list().map(({ id }) => ruleCredential(id))]
    return known.some((id) => credentialName(device, id) === credential)
  }

  /** Topics of integrations, or roles, are others now. */
  integrationsChanged(): void {
    this.#rights.version++
    const connections = this.#connections
    if (connections === undefined) return
    this.#recheck(connections.owners()).catch((error: unknown) => {
      this.#options.log.error('rights could not be looked at again', { cause: String(error) })
    })
  }

  /** Whether clients without credentials get in. */
  get isAnonymousAllowed(): boolean {
    return this.#options.isAnonymousAllowed
  }

  async device(device: string): Promise<DeviceAccess> {
    return (await this.#devices.get(device)) ?? { device, ...deviceGrants, credentials: [] }
  }

  isManaged(device: string): boolean {
    return this.#devices.isManaged(device)
  }

  /** @throws ACCESS_INVALID, ACCESS_TAKEN, ACCESS_LIMIT, ACCESS_MANAGED */
  createCredential(device: string, draft: CredentialDraft): Promise<NewCredential> {
    return this.#credentials.create(device, draft)
  }

  /** The old secret is worth nothing from now on, and connections made with it end.
   *  @throws ACCESS_NOT_FOUND, ACCESS_INVALID, ACCESS_MANAGED */
  async rotateCredential(device: string, id: string, given: string | undefined): Promise<NewCredential> {
    const rotated = await this.#credentials.rotate(device, id, given)
    this.#endWith(credentialName(device, id))
    return rotated
  }

  /** @throws ACCESS_NOT_FOUND, ACCESS_MANAGED */
  async revokeCredential(device: string, id: string): Promise<void> {
    await this.#devices.remove(device, id)
    this.#endWith(credentialName(device, id))
  }

  /** @throws ACCESS_INVALID, ACCESS_MANAGED */
  async grant(device: string, grants: DeviceGrants): Promise<DeviceAccess> {
    if (!isDeviceName(device)) throw invalid('/device', 'The name of a device has 1 to 256 bytes.')
    this.#rights.check(grants)
    const access = await this.#devices.grant(device, grants)
    this.login.rateChanged(device, access.messagesPerSecondMax)
    await this.#recheck(new Set([ownerOfDevice(device)]))
    return access
  }

  /** @throws ACCESS_INVALID, ACCESS_TAKEN, ACCESS_LIMIT */
  async createAccount(
    draft: Grants & { name: string; password?: string | undefined; scram: boolean },
  ): Promise<{ account: Account; password: string }> {
    const { name, password = newPassword(), scram, roles, publish, subscribe } = draft
    if (!isDeviceName(name)) throw invalid('/name', 'A name has 1 to 256 bytes and no control characters.')
    this.#rights.check(draft)
    if ((await this.#devices.find(`name/${name}`)) !== undefined) {
      throw new AckstoneError('ACCESS_TAKEN', { what: 'user name', name })
    }
    const record = await passwordRecord(password, scram)
    const grants = { roles, publish, subscribe }
    const account = { name, password: record, ...grants, createdAt: this.#now(), isManaged: false }
    return { account: await this.accounts.create(account), password }
  }

  /** Changes what an account may do, its password, or both. A new password ends its connections.
   *  @throws ACCESS_NOT_FOUND, ACCESS_INVALID, ACCESS_MANAGED */
  async changeAccount(
    name: string,
    change: Partial<Grants> & { password?: string | undefined; rotate?: boolean | undefined },
  ): Promise<{ account: Account; password: string | undefined }> {
    const { roles, publish, subscribe } = change
    this.#rights.check({ roles: roles ?? [], publish: publish ?? [], subscribe: subscribe ?? [] })
    const password = change.password ?? (change.rotate === true ? newPassword() : undefined)
    const hasScram = this.accounts.get(name)?.password.scram !== undefined
    const record = password === undefined ? undefined : await passwordRecord(password, hasScram)
    const account = await this.accounts.change(name, (before) => ({
      ...before,
      roles: roles ?? before.roles,
      publish: publish ?? before.publish,
      subscribe: subscribe ?? before.subscribe,
      password: record ?? before.password,
    }))
    if (record !== undefined) this.#endWith(ownerOfAccount(name))
    await this.#recheck(new Set([ownerOfAccount(name)]))
    return { account, password }
  }

  /** @throws ACCESS_NOT_FOUND, ACCESS_MANAGED */
  async removeAccount(name: string): Promise<void> {
    await this.accounts.remove(name)
    this.#endWith(ownerOfAccount(name))
    await this.#recheck(new Set([ownerOfAccount(name)]))
  }

  /** @throws ACCESS_INVALID, ACCESS_MANAGED, ACCESS_LIMIT */
  async putRole(role: Filters & { name: string; description: string; integrations: boolean }): Promise<Role> {
    checkFilters(role)
    const { name, description, publish, subscribe, integrations } = role
    const record = { name, description, publish, subscribe, hasIntegrations: integrations, isManaged: false }
    return this.roles.put(record)
  }

  /** @throws ACCESS_INVALID, ACCESS_LIMIT */
  async createRule(draft: {
    kind: 'secret' | 'certificate'
    pattern: string
    roles: string[]
    devicesMax: number
    expiresAt?: string | undefined
  }): Promise<{ rule: ProvisioningRule; secret: string | undefined }> {
    const { kind, pattern, roles, devicesMax, expiresAt = '' } = draft
    this.#rights.check({ ...noGrants, roles })
    const secret = kind === 'secret' ? newToken() : undefined
    const rule = {
      id: newId(),
      kind,
      key: kind === 'secret' ? newId() : '',
      secretHash: secret === undefined ? '' : digestOf(secret),
      pattern,
      roles,
      devicesMax,
      devices: 0,
      expiresAt,
      createdAt: this.#now(),
      isManaged: false,
    }
    return { rule: await this.rules.create(rule), secret }
  }

  /** Devices that it let in by their certificates are cut off; those with a token stay.
   *  @throws ACCESS_NOT_FOUND, ACCESS_MANAGED */
  async removeRule(id: string): Promise<void> {
    await this.rules.remove(id)
    const ending = ` ${ruleCredential(id)}`
    this.#connections?.endConnections(
      ({ credential }) => credential.endsWith(ending),
      reasonCode.notAuthorized,
    )
  }

  /** Whom it concerns is cut off at once.
   *  @throws ACCESS_INVALID, ACCESS_LIMIT */
  async createBan(draft: Pick<Ban, 'kind' | 'value' | 'reason'> & { expiresAt?: string | undefined }) {
    const { kind, value, reason, expiresAt = '' } = draft
    if (kind === 'address' && parseNetwork(value) === undefined) {
      throw invalid(
        '/value',
        `"${value.slice(0, 60)}" is neither an address nor a network as 203.0.113.0/24.`,
      )
    }
    const ban = { id: newId(), kind, value, reason, expiresAt, createdAt: this.#now(), isManaged: false }
    return this.bans.create(ban)
  }

  #bansChanged(): void {
    this.#bans.changed()
    this.#connections?.endConnections(({ connection, session }) => {
      const device = session?.device ?? ''
      return this.#bans.hasAddress(connection.remote) || (device !== '' && this.#bans.hasDevice(device))
    }, reasonCode.administrativeAction)
  }

  /** Ends the connections that logged in with something that is worth nothing any more, also those that were
   *  being let in while it was taken away. */
  #endWith(credential: string): void {
    const end = (): void =>
      this.#connections?.endConnections((link) => link.credential === credential, reasonCode.notAuthorized)
    end()
    this.#options.clock.soon(end)
  }

  async #recheck(owners: ReadonlySet<string>): Promise<void> {
    const changed = new Map<string, Rights | undefined>()
    for (const owner of owners) {
      if (owner !== '') changed.set(owner, await this.#rightsOf(owner))
    }
    if (changed.size > 0) this.#connections?.rightsChanged(changed)
  }

  async #rightsOf(owner: string): Promise<Rights> {
    const name = owner.slice(2)
    if (owner === ownerOfAccount(name)) {
      return new TopicRights(this.#rights, '', this.accounts.get(name) ?? noGrants)
    }
    if (owner !== ownerOfDevice(name)) return new TopicRights(this.#rights, '', noGrants)
    return new TopicRights(this.#rights, name, await this.login.grantsOf(name))
  }

  #now(): string {
    return new Date(this.#options.clock.nowUs() / 1000).toISOString()
  }
}

export type { Credential, CredentialDraft, NewCredential }
