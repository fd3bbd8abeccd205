// What people may do, in three steps, and what a key may be made for. Shared by the hub, its API and whoever
// uses it.

/** Each may do what those before it may. */
export const userRoles = ['viewer', 'operator', 'administrator'] as const
export type UserRole = (typeof userRoles)[number]

/** read: what a viewer may. ingest: storing readings, and nothing else. operate, administer: as the roles. */
export const keyScopes = ['read', 'ingest', 'operate', 'administer'] as const
export type KeyScope = (typeof keyScopes)[number]

/** Whether a role is enough where `needed` is asked for. */
export function isEnough(role: UserRole | undefined, needed: UserRole): boolean {
  return role !== undefined && userRoles.indexOf(role) >= userRoles.indexOf(needed)
}

/** The highest role that scopes amount to; undefined where they only allow to store. */
export function roleOfScopes(scopes: readonly KeyScope[]): UserRole | undefined {
  if (scopes.includes('administer')) return 'administrator'
  if (scopes.includes('operate')) return 'operator'
  return scopes.includes('read') ? 'viewer' : undefined
}

export function scopesOfRole(role: UserRole): KeyScope[] {
  if (role === 'administrator') return [...keyScopes]
  return role === 'operator' ? ['read', 'ingest', 'operate'] : ['read']
}
