// What ackstone.yaml declares under `access`, as the records that the rest of the module works with. It is read
// anew at each start and can't be changed over the API.
import { isDeviceName } from './names.ts'
import { parseNetwork } from './address.ts'
import type { Account, Ban, Credential, DeviceAccess, ProvisioningRule, Role } from './records.ts'
import { checkFilters, invalid } from './roles.ts'
import { declaredPassword, digestOf } from './secrets.ts'

interface Named {
  publish: string[]
  subscribe: string[]
}

/** The section `access` of the configuration. Lists may be empty, secrets are in the clear. */
export interface AccessConfig {
  devices: (Named & {
    device: string
    token?: string | undefined
    username?: string | undefined
    password?: string | undefined
    fingerprint?: string | undefined
    commonName?: string | undefined
    roles: string[]
  })[]
  accounts: (Named & { name: string; password: string; roles: string[] })[]
  roles: (Named & { name: string })[]
  provisioningRules: {
    id: string
    kind: 'secret' | 'certificate'
    key?: string | undefined
    secret?: string | undefined
    pattern: string
    roles: string[]
    devicesMax: number
  }[]
  bans: { address?: string | undefined; device?: string | undefined; reason: string }[]
}

export interface Declared {
  devices: DeviceAccess[]
  accounts: Account[]
  roles: Role[]
  rules: ProvisioningRule[]
  bans: Ban[]
}

/** @param now RFC 3339.
 *  @throws ACCESS_INVALID with a pointer into the file. */
export function readDeclared(config: AccessConfig, now: string): Declared {
  return {
    devices: config.devices.map((given, at) => deviceOf(given, at, now)),
    accounts: config.accounts.map(({ name, password, publish, subscribe, roles }) => {
      checkFilters({ publish, subscribe })
      const record = declaredPassword(password)
      return { name, password: record, publish, subscribe, roles, createdAt: now, isManaged: true }
    }),
    roles: config.roles.map(({ name, publish, subscribe }) => {
      checkFilters({ publish, subscribe })
      const description = 'Declared in ackstone.yaml.'
      return { name, description, publish, subscribe, hasIntegrations: false, isManaged: true }
    }),
    rules: config.provisioningRules.map(({ id, kind, key = '', secret, pattern, roles, devicesMax }, at) => {
      if (kind === 'secret' && (key === '' || secret === undefined)) {
        throw invalid(`/access/provisioningRules/${at}`, 'A rule of kind secret needs a key and a secret.')
      }
      const secretHash = secret === undefined ? '' : digestOf(secret)
      const counted = { devicesMax, devices: 0, expiresAt: '', createdAt: now, isManaged: true }
      return { id, kind, key, secretHash, pattern, roles, ...counted }
    }),
    bans: config.bans.map(({ address, device, reason }, at) => {
      const value = address ?? device
      const isReadable = address === undefined || parseNetwork(address) !== undefined
      if (value === undefined || (address !== undefined && device !== undefined) || !isReadable) {
        throw invalid(`/access/bans/${at}`, 'A ban names either an address or network, or a device.')
      }
      const kind = address === undefined ? ('device' as const) : ('address' as const)
      return { id: `declared-${at}`, kind, value, reason, expiresAt: '', createdAt: now, isManaged: true }
    }),
  }
}

function deviceOf(given: AccessConfig['devices'][number], at: number, now: string): DeviceAccess {
  const { device, token, password, fingerprint, commonName, roles, publish, subscribe } = given
  const pointer = `/access/devices/${at}`
  if (!isDeviceName(device)) throw invalid(`${pointer}/device`, 'The name of a device has 1 to 256 bytes.')
  checkFilters({ publish, subscribe })
  const username = given.username ?? device
  const credentials: Credential[] = []
  const add = (kind: Credential['kind'], lookup: string, rest: Partial<Credential> = {}): void => {
    credentials.push({ id: `declared-${kind}`, kind, lookup, createdAt: now, ...rest })
  }
  if (token !== undefined) add('token', `token/${digestOf(token)}`)
  if (password !== undefined) {
    add('password', `name/${username}`, { password: declaredPassword(password) })
  }
  if (fingerprint !== undefined) add('certificate', `fingerprint/${fingerprint.toUpperCase()}`)
  else if (commonName !== undefined) add('certificate', `cn/${commonName}`)
  return { device, roles, publish, subscribe, credentials }
}
