// What the hub knows of who may connect: devices with their credentials and rights, accounts, roles,
// provisioning rules and bans, as they are kept in the registry. Never a secret, only what verifies one.

/** Publish and subscribe filters; the level `{device}` stands for the device itself, `{key}` and `+` for any. */
export interface Filters {
  publish: string[]
  subscribe: string[]
}

export interface Grants extends Filters {
  /** Names of roles; what they allow is added. */
  roles: string[]
}

/** RFC 5802: what verifies a password without knowing it. Base64. */
export interface ScramKeys {
  salt: string
  iterations: number
  storedKey: string
  serverKey: string
}

/** What verifies a password. */
export interface PasswordRecord {
  /** PHC string, `$scrypt$…`. */
  hash: string
  /** Only where SCRAM was asked for. */
  scram?: ScramKeys
}

export type CredentialKind = 'token' | 'password' | 'certificate'

export interface Credential {
  id: string
  kind: CredentialKind
  /** By which it is found: SHA-256 of the token in hex, the user name, or `fingerprint:…`, `cn:…`. */
  lookup: string
  password?: PasswordRecord
  /** RFC 3339. */
  createdAt: string
  rotatedAt?: string
  /** The rule by which the device made it itself. */
  rule?: string
}

/** What a device may do, and how often. */
export interface DeviceGrants extends Grants {
  /** Messages a second over all its connections; 0 for any number; undefined: what holds for all. */
  messagesPerSecondMax?: number | undefined
}

export interface DeviceAccess extends DeviceGrants {
  device: string
  credentials: Credential[]
}

export interface Account extends Grants {
  name: string
  password: PasswordRecord
  createdAt: string
  isManaged: boolean
}

export interface Role extends Filters {
  name: string
  description: string
  /** Also the topics of integrations that name the device. */
  hasIntegrations: boolean
  isManaged: boolean
}

/** How devices that nobody has entered get in. */
export interface ProvisioningRule {
  id: string
  /** secret: a device that knows key and secret gets a token. certificate: a verified certificate whose common
   *  name matches is enough. */
  kind: 'secret' | 'certificate'
  /** Known to devices; empty for certificates. */
  key: string
  /** SHA-256 of the secret, hex; empty for certificates. */
  secretHash: string
  /** What names must look like: `*` stands for any characters. */
  pattern: string
  roles: string[]
  /** Devices that it lets in at most. */
  devicesMax: number
  devices: number
  /** RFC 3339; empty for never. */
  expiresAt: string
  createdAt: string
  isManaged: boolean
}

export interface Ban {
  id: string
  kind: 'address' | 'device'
  /** An address, a network as 203.0.113.0/24, or a device. */
  value: string
  reason: string
  /** RFC 3339; empty for never. */
  expiresAt: string
  createdAt: string
  isManaged: boolean
}

export const nameBytesMax = 256
export const credentialsPerDeviceMax = 10
export const filtersMax = 100
export const rolesMax = 200
export const accountsMax = 1_000
export const rulesMax = 200
export const bansMax = 10_000
