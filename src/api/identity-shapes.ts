// The shapes of the API's part on people: setup, sessions, users, invitations, keys, the audit log. Passwords and keys
// are in what is sent and in the one answer that makes them, never in anything that is read.
import { z } from 'zod'
import { keyScopes, userRoles } from '../model/user-role.ts'

const name = z.string().min(1).max(100).describe('1 to 100 characters.')
const email = z
  .string()
  .max(254)
  .regex(/^\s*[^\s@]{1,64}@[^\s@]{1,189}\s*$/, 'must be an e-mail address')
  .describe('An e-mail address; capital letters do not count.')
/** As it is given to be checked: no word about what a good one is. */
const secret = z.string().min(1).max(1_024)
const newPassword = z.string().min(1).max(1_024).describe('12 characters or more.')
const role = z.enum(userRoles)
const scopes = z.array(z.enum(keyScopes)).min(1).max(keyScopes.length)
const limit = z
  .string()
  .regex(/^\d{1,4}$/, 'must be a whole number, written in digits')
  .transform(Number)
  .pipe(z.int().min(1).max(1_000))
  .optional()
  .meta({
    description: 'Entries on a page, 1000 at most; 100 unless told.',
    type: 'integer',
    minimum: 1,
    maximum: 1_000,
  })

export const setup = z.strictObject({
  code: z.string().min(1).max(64).describe('The setup code that the start printed.'),
  name: name.describe('Who the administrator is.'),
  email: email.optional().describe('With a password: what the administrator signs in with.'),
  password: newPassword.optional().describe('12 characters or more. Without it, a token is made.'),
})
export const setupState = z.strictObject({
  isSetUp: z.boolean().describe('There is an administrator.'),
  isOpen: z.boolean().describe('A setup code is taken now.'),
  devicesNeedCredentials: z.boolean(),
  version: z.string(),
})

export const user = z.strictObject({ id: z.string(), name: z.string(), email: z.string(), role })
export const signedIn = z.strictObject({ user, expiresAt: z.string() })
export const setupDone = z.union([
  z.strictObject({
    id: z.string(),
    name: z.string(),
    token: z.string().describe('The bearer token. It is shown this once.'),
    createdAt: z.string(),
  }),
  signedIn,
])

export const credentials = z.strictObject({ email: z.string().min(1).max(254), password: secret })
export const current = z.strictObject({
  user: user.nullable().describe('null for keys and tokens.'),
  kind: z.enum(['session', 'token', 'key']),
  name: z.string(),
  role: role.nullable().describe('null for a key that may only store readings.'),
  scopes: z.array(z.enum(keyScopes)),
  expiresAt: z.string().nullable().describe('When it ends if it is not used any more; null for never.'),
})
export const passwordChange = z.strictObject({ current: secret, next: newPassword })
export const session = z.strictObject({
  id: z.string(),
  createdAt: z.string(),
  lastUsedAt: z.string(),
  expiresAt: z.string(),
  address: z.string(),
  userAgent: z.string(),
  isThis: z.boolean().describe('The one that asks.'),
})
export const sessions = z.strictObject({ items: z.array(session) })

export const userDraft = z.strictObject({
  name,
  email,
  role: role.default('viewer'),
  password: newPassword.optional().describe('Without it, an invitation is made.'),
})
export const userChange = z.strictObject({
  name: name.optional(),
  email: email.optional(),
  role: role.optional(),
  isEnabled: z.boolean().optional().describe('false shuts the user out; sessions end.'),
  password: newPassword.optional().describe('A new password; sessions end.'),
  invite: z.literal(true).optional().describe('Makes a new invitation; an older one is worth nothing then.'),
})
export const userShape = user.extend({
  createdAt: z.string(),
  lastSeenAt: z.string().nullable(),
  isEnabled: z.boolean(),
  hasPassword: z.boolean(),
  invitedUntil: z.string().nullable().describe('Until when an invitation can be accepted.'),
})
export const users = z.strictObject({ items: z.array(userShape) })
const invitation = z
  .strictObject({ code: z.string(), expiresAt: z.string() })
  .nullable()
  .describe('The code is shown this once; `/invitation#code` in the portal takes it. null with a password.')
export const newUser = z.strictObject({ user: userShape, invitation })
export const acceptance = z.strictObject({ code: z.string().min(1).max(256), password: newPassword })

export const keyDraft = z.strictObject({
  name,
  scopes: scopes.describe('read, ingest (storing readings and nothing else), operate, administer.'),
  expiresAt: z.iso.datetime({ offset: true }).optional().describe('RFC 3339; without it, never.'),
})
export const key = z.strictObject({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(keyScopes)),
  prefix: z.string().describe('How it begins.'),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  lastUsedAt: z.string().nullable().describe('To the hour.'),
  isFromSetup: z.boolean().describe('The token that was made with the setup code.'),
})
export const keys = z.strictObject({ items: z.array(key) })
export const newKey = key.extend({ key: z.string().describe('It is shown this once.') })

export const auditQuery = z.strictObject({
  limit,
  cursor: z.string().max(2_048).optional().describe('`nextCursor` of the page before.'),
  who: z.string().max(256).optional().describe('Only of whom this is the identifier, or part of the name.'),
  action: z
    .string()
    .max(100)
    .optional()
    .describe('Only actions that begin with this: `user.`, `session.signIn`.'),
})
export const auditEntry = z.strictObject({
  id: z.string(),
  at: z.string(),
  who: z.strictObject({
    kind: z.enum(['session', 'key', 'token', 'open']),
    id: z.string(),
    name: z.string(),
  }),
  action: z.string(),
  target: z.string(),
  sentence: z.string(),
  changes: z
    .array(z.strictObject({ member: z.string(), from: z.unknown().optional(), to: z.unknown().optional() }))
    .optional()
    .describe('What was given, without secrets.'),
  address: z.string(),
})
export const auditPage = z.strictObject({ items: z.array(auditEntry), nextCursor: z.string().nullable() })
