// What the hub knows of the people who use it: users, their sessions, keys for programs, and who did what, as
// they are kept in the registry. Never a secret, only what verifies one.
import type { KeyScope, UserRole } from '../model/user-role.ts'

export interface User {
  id: string
  name: string
  /** In small letters: no other user has it. */
  email: string
  role: UserRole
  /** PHC string; absent until an invitation was accepted. */
  password?: string
  invitation?: Invitation
  isEnabled: boolean
  /** RFC 3339, as all times here whose names end in At. */
  createdAt: string
  lastSeenAt?: string
}

export interface Invitation {
  /** SHA-256 of the code, hex: it has 256 random bits, so it needs no slow hash. */
  hash: string
  expiresMs: number
}

/** One browser that is signed in. */
export interface Session {
  id: string
  /** SHA-256 of what the cookie holds, hex. */
  hash: string
  userId: string
  /** Milliseconds since the epoch. */
  createdMs: number
  lastUsedMs: number
  /** Where it was begun, for its owner to recognise. */
  address: string
  userAgent: string
}

/** A bearer token: an API key, or what the setup code was given for. */
export interface Key {
  id: string
  name: string
  /** SHA-256, hex. */
  hash: string
  /** How it begins, so that its owner finds it again. */
  prefix: string
  scopes: KeyScope[]
  createdAt: string
  expiresAt?: string
  /** Within the hour. */
  lastUsedAt?: string
  isFromSetup: boolean
}

export type WhoKind = 'session' | 'key' | 'token' | 'open'

/** Who did something. open: somebody who was not signed in (yet). */
export interface Who {
  kind: WhoKind
  id: string
  name: string
}

export interface Change {
  member: string
  from?: unknown
  to?: unknown
}

export interface AuditEntry {
  id: string
  at: string
  who: Who
  /** A word with dots: `user.create`. */
  action: string
  /** What it was done to; empty where that is the hub itself. */
  target: string
  sentence: string
  changes?: Change[]
  address: string
}

/** Where a request comes from. */
export interface Client {
  address: string
  userAgent: string
}

export const usersMax = 1_000
export const keysMax = 1_000
export const sessionsMax = 10_000
export const sessionsOfUserMax = 50

/** A session ends when it was not used for this long, and in any case after the other. */
export const sessionIdleMs = 12 * 3_600_000
export const sessionMs = 30 * 86_400_000
export const invitationMs = 7 * 86_400_000

/** Keys of the registry begin with these. */
export const prefixes = {
  users: 'identity/user/',
  sessions: 'identity/session/',
  keys: 'identity/key/',
  audit: 'identity/audit/',
  /** Tokens that were made with the setup code. */
  setupTokens: 'administrator/',
} as const
