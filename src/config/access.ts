// The section `access` of the configuration: who may connect and what they may do, as far as it is declared in the
// file rather than made over the API.
import { z } from 'zod'

const name = z.string().min(1).max(256)
const filters = z.array(z.string().min(1).max(1_024)).max(100).default([])
const roles = z.array(z.string().min(1).max(100)).max(20)

const device = z.strictObject({
  device: name,
  token: z.string().min(20).max(256).optional(),
  username: name.optional(),
  password: z.string().min(1).max(1_024).optional(),
  fingerprint: z
    .string()
    .regex(/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){31}$/)
    .optional(),
  commonName: name.optional(),
  roles: roles.default(['device']),
  publish: filters,
  subscribe: filters,
})

const account = z.strictObject({
  name,
  password: z.string().min(1).max(1_024),
  roles: roles.default([]),
  publish: filters,
  subscribe: filters,
})

const role = z.strictObject({ name: z.string().min(1).max(100), publish: filters, subscribe: filters })

const rule = z.strictObject({
  id: z.string().regex(/^[0-9a-z-]{1,64}$/),
  kind: z.enum(['secret', 'certificate']).default('secret'),
  key: z.string().min(8).max(256).optional(),
  secret: z.string().min(16).max(256).optional(),
  pattern: z.string().min(1).max(256),
  roles: roles.default(['device']),
  devicesMax: z.int().min(1).max(1_000_000).default(1_000),
})

const ban = z.strictObject({
  address: z.string().min(1).max(64).optional(),
  device: name.optional(),
  reason: z.string().max(200).default(''),
})

export const access = z.strictObject({
  messagesPerSecondMax: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(0)
    .describe('MQTT messages a second that are read of one device; the rest is read later. 0: any number.'),
  connectsPerSecondMax: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(200)
    .describe(
      'MQTT connections a second of one address, after as many as in 100 s; loopback is not counted. 0: any number.',
    ),
  devices: z.array(device).max(10_000).default([]).meta({
    description:
      'Devices with a credential each: device, and token, or password, or fingerprint or commonName.',
    expects: 'a list of devices, each with a name and a credential',
    isSecret: true,
  }),
  accounts: z.array(account).max(1_000).default([]).meta({
    description: 'Accounts of applications: name, password, roles, publish, subscribe.',
    expects: 'a list of accounts, each with a name and a password',
    isSecret: true,
  }),
  roles: z.array(role).max(100).default([]).meta({
    description: 'Roles: name, publish and subscribe filters, in which {device} is the device itself.',
    expects: 'a list of roles, each with a name',
  }),
  provisioningRules: z.array(rule).max(100).default([]).meta({
    description: 'Rules by which new devices get in: id, key and secret, or kind certificate; pattern.',
    expects: 'a list of rules, each with an id and a pattern',
    isSecret: true,
  }),
  bans: z.array(ban).max(10_000).default([]).meta({
    description: 'Addresses, networks and devices that are shut out.',
    expects: 'a list of bans, each with an address or a device',
  }),
})
