// Credentials and rights of devices: one record for each device in the registry, and one for each way to log in that
// leads to it. The newest are remembered, so that a device that comes back costs no look at the disk.
import { AckstoneError } from '../errors.ts'
import type { Ingest, OpenBatch } from '../ingest/contract.ts'
import { Changes } from '../lib/changes.ts'
import type { Clock } from '../lib/clock.ts'
import type { Store } from '../storage/store.ts'
import {
  credentialsPerDeviceMax,
  type Credential,
  type DeviceAccess,
  type DeviceGrants,
  type Grants,
} from './records.ts'

export interface Found {
  access: DeviceAccess
  credential: Credential
}

export interface DevicesOptions {
  store: Store
  ingest: Ingest
  clock: Clock
  /** Declared in ackstone.yaml: they stay as they are. */
  declared: readonly DeviceAccess[]
}

const devicePrefix = 'access/device/'
const loginPrefix = 'access/login/'
/** Written with the first credential and never deleted. */
const begunKey = 'access/begun'
const rememberedMax = 20_000
/** Another hub on the same store may have changed it. */
const rememberedMs = 30_000

export const deviceGrants: Readonly<Grants> = Object.freeze({ roles: ['device'], publish: [], subscribe: [] })

export class Devices {
  readonly #options: DevicesOptions
  readonly #declared = new Map<string, DeviceAccess>()
  readonly #declaredLogins = new Map<string, Found>()
  readonly #remembered = new Map<string, { access: DeviceAccess | undefined; readMs: number }>()
  readonly #logins = new Map<string, string>()
  #hasBegun = false
  /** Counts changes that were stored. */
  #changes = 0
  readonly #queue = new Changes()

  constructor(options: DevicesOptions) {
    this.#options = options
    for (const access of options.declared) {
      this.#declared.set(access.device, access)
      for (const credential of access.credentials) {
        this.#declaredLogins.set(credential.lookup, { access, credential })
      }
    }
  }

  async load(): Promise<void> {
    const begun = await this.#options.store.stateGet('registry', begunKey)
    this.#hasBegun = begun !== undefined || this.#declared.size > 0
  }

  /** Another hub may have changed anything. */
  async refresh(): Promise<void> {
    this.#changes++
    this.#remembered.clear()
    this.#logins.clear()
    await this.load()
  }

  /** There is, or has been, a credential: from then on whoever gives a user name must be somebody. */
  get hasBegun(): boolean {
    return this.#hasBegun
  }

  isManaged(device: string): boolean {
    return this.#declared.has(device)
  }

  /** Undefined for a device that nobody has entered. */
  async get(device: string): Promise<DeviceAccess | undefined> {
    const declared = this.#declared.get(device)
    if (declared !== undefined) return declared
    const nowMs = this.#options.clock.monotonicMs()
    const known = this.#remembered.get(device)
    if (known !== undefined && nowMs - known.readMs < rememberedMs) return known.access
    const changes = this.#changes
    const bytes = await this.#options.store.stateGet('registry', devicePrefix + device)
    // What was read may be older than a change that was stored meanwhile.
    if (changes !== this.#changes) return this.get(device)
    const access =
      bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString()) as DeviceAccess)
    this.#remember(device, access)
    return access
  }

  /** Whom a token, user name or certificate belongs to. */
  async find(lookup: string): Promise<Found | undefined> {
    const declared = this.#declaredLogins.get(lookup)
    if (declared !== undefined) return declared
    const known = this.#logins.get(lookup)
    const found = known === undefined ? undefined : await this.#credentialOf(known, lookup)
    if (found !== undefined) return found
    this.#logins.delete(lookup)
    const bytes = await this.#options.store.stateGet('registry', loginPrefix + lookup)
    if (bytes === undefined) return undefined
    const device = Buffer.from(bytes).toString()
    if (this.#logins.size >= rememberedMax) this.#logins.delete(this.#logins.keys().next().value!)
    this.#logins.set(lookup, device)
    return this.#credentialOf(device, lookup)
  }

  /** The record of the device decides: a login that is not in it any more leads nowhere. */
  async #credentialOf(device: string, lookup: string): Promise<Found | undefined> {
    const access = await this.get(device)
    const credential = access?.credentials.find((each) => each.lookup === lookup)
    return access === undefined || credential === undefined ? undefined : { access, credential }
  }

  /** Adds a credential, to a device that need not have been there.
   *  @param first grants of a device that must not have a credential yet; absent: it may have.
   *  @throws ACCESS_TAKEN, ACCESS_LIMIT, ACCESS_MANAGED */
  add(device: string, credential: Credential, first?: Grants): Promise<DeviceAccess> {
    return this.#queue.inTurn(async () => {
      const before = await this.#changeable(device)
      await this.#checkFree(credential.lookup)
      const access = before ?? { device, ...(first ?? deviceGrants), credentials: [] }
      if (first !== undefined && access.credentials.length > 0) {
        throw new AckstoneError('ACCESS_TAKEN', { what: 'device', name: device })
      }
      if (access.credentials.length >= credentialsPerDeviceMax) {
        const limit = credentialsPerDeviceMax
        throw new AckstoneError('ACCESS_LIMIT', { what: `credential of ${device}`, limit })
      }
      const credentials = [...access.credentials, credential]
      return this.#store({ ...access, credentials }, (batch) => {
        batch.put('registry', loginPrefix + credential.lookup, Buffer.from(device))
        if (!this.#hasBegun) batch.put('registry', begunKey, Buffer.from('1'))
        this.#hasBegun = true
      })
    })
  }

  /** Puts another secret in the place of a credential's.
   *  @throws ACCESS_NOT_FOUND, ACCESS_MANAGED */
  replace(device: string, id: string, change: (credential: Credential) => Credential): Promise<DeviceAccess> {
    return this.#queue.inTurn(async () => {
      const { access, credential: old } = await this.#known(device, id)
      const credential = change(old)
      const credentials = access.credentials.map((each) => (each === old ? credential : each))
      return this.#store({ ...access, credentials }, (batch) => {
        if (credential.lookup === old.lookup) return
        batch.delete('registry', loginPrefix + old.lookup)
        batch.put('registry', loginPrefix + credential.lookup, Buffer.from(device))
        this.#logins.delete(old.lookup)
      })
    })
  }

  /** @throws ACCESS_NOT_FOUND, ACCESS_MANAGED */
  remove(device: string, id: string): Promise<DeviceAccess> {
    return this.#queue.inTurn(async () => {
      const { access, credential } = await this.#known(device, id)
      const credentials = access.credentials.filter((each) => each !== credential)
      return this.#store({ ...access, credentials }, (batch) => {
        batch.delete('registry', loginPrefix + credential.lookup)
        this.#logins.delete(credential.lookup)
      })
    })
  }

  /** @throws ACCESS_MANAGED */
  grant(device: string, grants: DeviceGrants): Promise<DeviceAccess> {
    return this.#queue.inTurn(async () => {
      const { credentials } = (await this.#changeable(device)) ?? { credentials: [] }
      return this.#store({ device, ...grants, credentials }, () => undefined)
    })
  }

  async #checkFree(lookup: string): Promise<void> {
    if ((await this.find(lookup)) === undefined) return
    const what = lookup.startsWith('name/') ? 'user name' : 'credential'
    const name = lookup.startsWith('token/') ? 'this token' : lookup.slice(lookup.indexOf('/') + 1)
    throw new AckstoneError('ACCESS_TAKEN', { what, name })
  }

  async #known(device: string, id: string): Promise<Found> {
    const access = await this.#changeable(device)
    const credential = access?.credentials.find((each) => each.id === id)
    if (access !== undefined && credential !== undefined) return { access, credential }
    throw new AckstoneError('ACCESS_NOT_FOUND', { what: `credential of ${device}`, name: id })
  }

  async #changeable(device: string): Promise<DeviceAccess | undefined> {
    if (this.isManaged(device)) throw new AckstoneError('ACCESS_MANAGED', { what: 'device', name: device })
    return this.get(device)
  }

  /** Durable before it counts. A device without credentials that has the rights of any other leaves no record. */
  async #store(access: DeviceAccess, alter: (batch: OpenBatch) => void): Promise<DeviceAccess> {
    const { device, credentials, roles, publish, subscribe, messagesPerSecondMax } = access
    const { ingest } = this.#options
    const hasPlainRights =
      roles.join() === deviceGrants.roles.join() && publish.length + subscribe.length === 0
    const isPlain = hasPlainRights && messagesPerSecondMax === undefined
    const batch = ingest.open()
    if (credentials.length === 0 && isPlain) batch.delete('registry', devicePrefix + device)
    else batch.put('registry', devicePrefix + device, Buffer.from(JSON.stringify(access)))
    alter(batch)
    await ingest.stored(batch.ticket)
    this.#changes++
    this.#remember(device, access)
    return access
  }

  #remember(device: string, access: DeviceAccess | undefined): void {
    this.#remembered.delete(device)
    if (this.#remembered.size >= rememberedMax) {
      this.#remembered.delete(this.#remembered.keys().next().value!)
    }
    this.#remembered.set(device, { access, readMs: this.#options.clock.monotonicMs() })
  }
}
