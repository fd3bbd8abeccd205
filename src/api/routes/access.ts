// Who may connect over MQTT, over HTTP: credentials and rights of devices, accounts, roles, provisioning rules, bans.
import type { Account, Ban, Credential, DeviceAccess, ProvisioningRule, Role } from '../../access/records.ts'
import { operations } from '../contract.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'
import type { Waits } from '../waits.ts'

export function accessRoutes(register: Register, parts: ApiParts, waits: Waits): void {
  deviceAccessRoutes(register, parts, waits)
  accountRoutes(register, parts, waits)
  roleRoutes(register, parts, waits)
  ruleRoutes(register, parts, waits)
  banRoutes(register, parts, waits)
}

function deviceAccessRoutes(register: Register, { access }: ApiParts, waits: Waits): void {
  register(operations.listCredentials, async ({ params: { device } }) => {
    const { credentials } = await access.device(device)
    return { items: credentials.map((each) => shownCredential(each, access.isManaged(device))) }
  })

  register(operations.createCredential, async ({ params: { device }, body, reply }) => {
    const { credential, secret } = await waits.until(access.createCredential(device, body))
    reply.code(201)
    return { ...shownCredential(credential, false), secret: secret ?? null }
  })

  register(operations.rotateCredential, async ({ params: { device, id }, body }) => {
    const { credential, secret } = await waits.until(access.rotateCredential(device, id, body.secret))
    return { ...shownCredential(credential, false), secret: secret ?? null }
  })

  register(operations.revokeCredential, async ({ params: { device, id }, reply }) => {
    await waits.until(access.revokeCredential(device, id))
    return reply.code(204).send()
  })

  register(operations.getRights, async ({ params: { device } }) => {
    return shownRights(await access.device(device), access.isManaged(device))
  })

  register(operations.replaceRights, async ({ params: { device }, body }) => {
    return shownRights(await waits.until(access.grant(device, body)), false)
  })
}

function accountRoutes(register: Register, { access }: ApiParts, waits: Waits): void {
  register(operations.listAccounts, async () => ({ items: access.accounts.list().map(shownAccount) }))

  register(operations.createAccount, async ({ body, reply }) => {
    const { account, password } = await waits.until(access.createAccount(body))
    reply.code(201)
    return { ...shownAccount(account), password }
  })

  register(operations.changeAccount, async ({ params, body }) => {
    const { account, password } = await waits.until(access.changeAccount(params.name, body))
    return { ...shownAccount(account), password: password ?? null }
  })

  register(operations.removeAccount, async ({ params, reply }) => {
    await waits.until(access.removeAccount(params.name))
    return reply.code(204).send()
  })
}

function roleRoutes(register: Register, { access }: ApiParts, waits: Waits): void {
  register(operations.listRoles, async () => ({ items: access.roles.list().map(shownRole) }))

  register(operations.putRole, async ({ params: { name }, body }) => {
    return shownRole(await waits.until(access.putRole({ name, ...body })))
  })

  register(operations.removeRole, async ({ params, reply }) => {
    await waits.until(access.roles.remove(params.name))
    return reply.code(204).send()
  })
}

function ruleRoutes(register: Register, { access }: ApiParts, waits: Waits): void {
  register(operations.listRules, async () => ({ items: access.rules.list().map(shownRule) }))

  register(operations.createRule, async ({ body, reply }) => {
    const { rule, secret } = await waits.until(access.createRule(body))
    reply.code(201)
    return { ...shownRule(rule), secret: secret ?? null }
  })

  register(operations.removeRule, async ({ params, reply }) => {
    await waits.until(access.removeRule(params.id))
    return reply.code(204).send()
  })
}

function banRoutes(register: Register, { access }: ApiParts, waits: Waits): void {
  register(operations.listBans, async () => ({ items: access.bans.list().map(shownBan) }))

  register(operations.createBan, async ({ body, reply }) => {
    const ban = await waits.until(access.createBan(body))
    reply.code(201)
    return shownBan(ban)
  })

  register(operations.removeBan, async ({ params, reply }) => {
    await waits.until(access.bans.remove(params.id))
    return reply.code(204).send()
  })
}

/** Of what it is found by, only what is no secret. */
function shownCredential(credential: Credential, managed: boolean) {
  const { id, kind, lookup, password, createdAt, rotatedAt, rule } = credential
  const at = lookup.indexOf('/')
  const [way, value] = [lookup.slice(0, at), lookup.slice(at + 1)]
  return {
    id,
    kind,
    ...(way === 'name' ? { username: value, scram: password?.scram !== undefined } : {}),
    ...(way === 'fingerprint' ? { fingerprint: value } : {}),
    ...(way === 'cn' ? { commonName: value } : {}),
    ...(rule === undefined ? {} : { rule }),
    createdAt,
    ...(rotatedAt === undefined ? {} : { rotatedAt }),
    managed,
  }
}

function shownRights(access: DeviceAccess, managed: boolean) {
  const { device, roles, publish, subscribe, messagesPerSecondMax } = access
  const rate = messagesPerSecondMax === undefined ? {} : { messagesPerSecondMax }
  return { device, roles, publish, subscribe, ...rate, managed }
}

function shownAccount({ name, roles, publish, subscribe, password, createdAt, isManaged }: Account) {
  const scram = password.scram !== undefined
  return { name, roles, publish, subscribe, scram, createdAt, managed: isManaged }
}

function shownRole({ name, description, publish, subscribe, hasIntegrations, isManaged }: Role) {
  return { name, description, publish, subscribe, integrations: hasIntegrations, managed: isManaged }
}

function shownRule({ secretHash: _hash, isManaged, expiresAt, ...rule }: ProvisioningRule) {
  return { ...rule, expiresAt: expiresAt === '' ? null : expiresAt, managed: isManaged }
}

function shownBan({ isManaged, expiresAt, ...ban }: Ban) {
  return { ...ban, expiresAt: expiresAt === '' ? null : expiresAt, managed: isManaged }
}
