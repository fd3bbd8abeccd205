// The shapes of the API's part on access: credentials, rights, accounts, roles, provisioning rules, bans. Secrets
// are in what is sent and in the one answer that makes them, never in anything that is read.
import { z } from 'zod'

const encoder = new TextEncoder()

/** Text of 1 to 256 bytes without control characters. */
const name = z
  .string()
  .refine((text) => {
    const bytes = encoder.encode(text).length
    return bytes > 0 && bytes <= 256 && !/[\u0000-\u001f\u007f]/.test(text)
  }, 'has 1 to 256 bytes of UTF-8 and no control characters')
  .describe('1 to 256 bytes of UTF-8 without control characters.')

const filters = z
  .array(z.string().min(1).max(1_024))
  .max(100)
  .describe('Topic filters; the level {device} stands for the device itself.')
const roleNames = z.array(z.string().min(1).max(100)).max(20).describe('Names of roles.')
const secret = z.string().min(1).max(1_024)
const expiresAt = z.iso.datetime({ offset: true }).optional().describe('RFC 3339; without it, never.')
const count = z.int().min(0)

export const devicePath = z.strictObject({ device: name })
export const credentialPath = z.strictObject({ device: name, id: z.string().regex(/^[0-9a-z-]{1,64}$/) })
export const namePath = z.strictObject({ name })

export const credentialDraft = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('token'),
    token: z.string().min(20).max(256).optional().describe('A token that the device has; else one is made.'),
  }),
  z.strictObject({
    kind: z.literal('password'),
    username: name.optional().describe('The name of the device unless told.'),
    password: secret.optional().describe('Else one is made.'),
    scram: z.boolean().default(false).describe('Also with SCRAM-SHA-256.'),
  }),
  z.strictObject({
    kind: z.literal('certificate'),
    fingerprint: z.string().max(128).optional().describe('SHA-256 of the certificate, in hexadecimal.'),
    commonName: name.optional().describe('Common name of its subject.'),
  }),
])

export const credential = z.strictObject({
  id: z.string(),
  kind: z.enum(['token', 'password', 'certificate']),
  username: z.string().optional(),
  fingerprint: z.string().optional(),
  commonName: z.string().optional(),
  scram: z.boolean().optional(),
  rule: z.string().optional().describe('The provisioning rule by which the device made it.'),
  createdAt: z.string(),
  rotatedAt: z.string().optional(),
  managed: z.boolean().describe('Declared in ackstone.yaml.'),
})
export const credentials = z.strictObject({ items: z.array(credential) })
export const newCredential = credential.extend({
  secret: z.string().nullable().describe('The token or password. It is shown this once.'),
})
export const rotation = z.strictObject({ secret: secret.optional().describe('Else one is made.') })

export const grants = z.strictObject({
  roles: roleNames.default(['device']),
  publish: filters.default([]),
  subscribe: filters.default([]),
})
export const deviceGrants = grants.extend({
  messagesPerSecondMax: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe(
      'Messages a second over all its connections; 0 for any number; without it, what holds for all.',
    ),
})
export const rights = deviceGrants.extend({ device: z.string(), managed: z.boolean() })

export const accountDraft = z.strictObject({
  name,
  password: secret.optional().describe('Else one is made.'),
  scram: z.boolean().default(false).describe('Also with SCRAM-SHA-256.'),
  roles: roleNames.default([]),
  publish: filters.default([]),
  subscribe: filters.default([]),
})
export const accountChange = z.strictObject({
  password: secret.optional(),
  rotate: z.boolean().optional().describe('Makes a new password.'),
  roles: roleNames.optional(),
  publish: filters.optional(),
  subscribe: filters.optional(),
})
export const account = z.strictObject({
  name: z.string(),
  roles: roleNames,
  publish: filters,
  subscribe: filters,
  scram: z.boolean(),
  createdAt: z.string(),
  managed: z.boolean(),
})
export const accounts = z.strictObject({ items: z.array(account) })
export const newAccount = account.extend({
  password: z.string().nullable().describe('It is shown this once; null when it did not change.'),
})

export const roleDraft = z.strictObject({
  description: z.string().max(200).default(''),
  publish: filters.default([]),
  subscribe: filters.default([]),
  integrations: z.boolean().default(false).describe('Also the topics of integrations that name {device}.'),
})
export const role = roleDraft.extend({ name: z.string(), managed: z.boolean() })
export const roles = z.strictObject({ items: z.array(role) })

export const ruleDraft = z.strictObject({
  kind: z.enum(['secret', 'certificate']).default('secret'),
  pattern: z.string().min(1).max(256).describe('What device names look like; * stands for any characters.'),
  roles: roleNames.default(['device']),
  devicesMax: z.int().min(1).max(1_000_000).default(1_000),
  expiresAt,
})
export const rule = z.strictObject({
  id: z.string(),
  kind: z.enum(['secret', 'certificate']),
  key: z.string(),
  pattern: z.string(),
  roles: roleNames,
  devicesMax: count,
  devices: count.describe('Let in so far.'),
  expiresAt: z.string().nullable(),
  createdAt: z.string(),
  managed: z.boolean(),
})
export const rules = z.strictObject({ items: z.array(rule) })
export const newRule = rule.extend({ secret: z.string().nullable().describe('It is shown this once.') })

export const banDraft = z.strictObject({
  kind: z.enum(['address', 'device']),
  value: name.describe('An address, a network as 203.0.113.0/24, or a device.'),
  reason: z.string().max(200).default(''),
  expiresAt,
})
export const ban = z.strictObject({
  id: z.string(),
  kind: z.enum(['address', 'device']),
  value: z.string(),
  reason: z.string(),
  expiresAt: z.string().nullable(),
  createdAt: z.string(),
  managed: z.boolean(),
})
export const bans = z.strictObject({ items: z.array(ban) })
