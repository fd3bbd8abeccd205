// Who asks: a person who is signed in, a key, or a token, with what they may do. Made for each request.
import { isEnough, type KeyScope, type UserRole } from '../model/user-role.ts'
import type { Who } from './records.ts'

export interface Caller extends Who {
  /** Undefined for whoever may only store readings, and for `nobody`. */
  role: UserRole | undefined
  scopes: readonly KeyScope[]
  userId: string | undefined
  sessionId: string | undefined
  /** Milliseconds since the epoch; undefined for never. */
  expiresMs: number | undefined
}

/** Somebody at an operation that is open to all. */
export const nobody: Caller = Object.freeze({
  kind: 'open',
  id: '',
  name: '',
  role: undefined,
  scopes: [],
  userId: undefined,
  sessionId: undefined,
  expiresMs: undefined,
})

/** Whether a caller may do what asks for a role, or for the scope `ingest`. */
export function mayDo(caller: Caller, needed: UserRole, isIngest: boolean): boolean {
  return isEnough(caller.role, needed) || (isIngest && caller.scopes.includes('ingest'))
}
