// How the audit log tells what an operation did: an action, a sentence, and what was given, without secrets.
import type { Change } from '../identity/records.ts'
import type { Operation } from './contract.ts'

/** By operation: action, and what follows the name of who did it; {target} is what it was done to. */
const words: Readonly<Record<string, readonly [action: string, sentence: string]>> = {
  createIntegration: ['integration.create', 'set up the integration {target}.'],
  replaceIntegration: ['integration.change', 'changed the integration {target}.'],
  removeIntegration: ['integration.remove', 'removed the integration {target}.'],
  cancelCommand: ['device.cancelCommand', 'called off a command to the device {target}.'],
  createScript: ['script.create', 'wrote the script {target}.'],
  replaceScript: ['script.change', 'changed the script {target}.'],
  removeScript: ['script.remove', 'removed the script {target}.'],
  sendCommand: ['device.command', 'sent a command to the device {target}.'],
  deleteSeries: ['device.deleteReadings', 'deleted readings of the device {target}.'],
  createCredential: ['device.createCredential', 'gave the device {target} a credential.'],
  rotateCredential: ['device.rotateCredential', 'replaced a credential of the device {target}.'],
  revokeCredential: ['device.revokeCredential', 'revoked a credential of the device {target}.'],
  replaceRights: ['device.rights', 'changed the rights of the device {target}.'],
  createAccount: ['account.create', 'made the account {target}.'],
  changeAccount: ['account.change', 'changed the account {target}.'],
  removeAccount: ['account.remove', 'removed the account {target}.'],
  putRole: ['role.put', 'set the role {target}.'],
  removeRole: ['role.remove', 'removed the role {target}.'],
  createRule: ['rule.create', 'made a provisioning rule for {target}.'],
  removeRule: ['rule.remove', 'removed the provisioning rule {target}.'],
  createBan: ['ban.create', 'shut out {target}.'],
  removeBan: ['ban.remove', 'removed the ban {target}.'],
  startDemo: ['demo.start', 'let the demo data come in.'],
  stopDemo: ['demo.stop', 'ended the demo data.'],
  retryRejected: ['rejected.retry', 'had the rejected message {target} read again.'],
  signOut: ['session.signOut', 'signed out.'],
  changePassword: ['session.password', 'changed their own password.'],
  endSession: ['session.end', 'signed one of their browsers out.'],
  endSessions: ['session.endAll', 'signed out everywhere.'],
  createUser: ['user.create', 'made the user {target}.'],
  changeUser: ['user.change', 'changed the user {target}.'],
  removeUser: ['user.remove', 'removed the user {target}.'],
  createKey: ['key.create', 'made the API key {target}.'],
  removeKey: ['key.remove', 'revoked the API key {target}.'],
}

const changesBytesMax = 4_096
const membersMax = 50
const secretNames = /pass|secret|token|cred|cert|private|^(key|ca|current|next)$/i

export function actionOf({ id, tag }: Operation): string {
  return words[id]?.[0] ?? `${tag}.${id}`
}

export function sentenceOf({ id, summary }: Operation, who: string, target: string): string {
  const told = words[id]?.[1]
  if (told !== undefined) return `${who} ${told.replace('{target}', target)}`
  const did = summary.split(/[;.]/)[0] ?? ''
  return `${who}: ${did}${target === '' ? '' : ` (${target})`}.`
}

/** What was given, member by member; cut where it would be long. */
export function changesOf(body: unknown): Change[] | undefined {
  if (typeof body !== 'object' || body === null || Buffer.isBuffer(body) || Array.isArray(body))
    return undefined
  const changes = Object.entries(body)
    .filter(([, value]) => value !== undefined)
    .map(([member, value]) => ({ member, to: withoutSecrets(member, value) }))
  return cutShort(changes)
}

function cutShort(changes: Change[]): Change[] {
  if (Buffer.byteLength(JSON.stringify(changes)) <= changesBytesMax) return changes
  return changes.map(({ member }) => ({ member, to: '… (long)' })).slice(0, membersMax)
}

/** What is not as it was before, of something that was replaced whole. */
export function differencesOf(before: object, after: object): Change[] {
  const [old, now] = [new Map<string, unknown>(Object.entries(before)), Object.entries(after)]
  const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
  const changes = now
    .filter(([member, to]) => to !== undefined && !isSame(old.get(member), to))
    .map(([member, to]) => {
      return { member, from: withoutSecrets(member, old.get(member)), to: withoutSecrets(member, to) }
    })
  return cutShort(changes)
}

function withoutSecrets(name: string, value: unknown): unknown {
  if (secretNames.test(name)) return '…'
  if (typeof value === 'string') return value.replace(/\/\/[^/@\s]*@/g, '//…@')
  if (Array.isArray(value)) return value.map((item) => withoutSecrets('', item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutSecrets(key, member)]))
}
