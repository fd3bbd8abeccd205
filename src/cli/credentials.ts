// `ackstone device credentials …` and `ackstone device rights`: what devices log in with and what they may do.
import type { Command } from 'commander'
import type { z } from 'zod'
import type * as shape from '../api/access-shapes.ts'
import { operations } from '../api/contract.ts'
import { Api, addApiOptions, type ApiOptions } from './api-client.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import { confirm } from './confirm.ts'
import { exitCode } from './exit-code.ts'
import { collected, oneOf, secret, wholeNumber } from './option-values.ts'
import { printFacts, printTable } from './table.ts'
import { note, printJson, type Terminal } from './terminal.ts'

type Credential = z.output<typeof shape.credential>
type NewCredential = z.output<typeof shape.newCredential>
type Rights = z.output<typeof shape.rights>

interface AddOptions extends ApiOptions {
  kind: 'token' | 'password' | 'certificate'
  secretFile?: string
  username?: string
  scram?: boolean
  fingerprint?: string
  commonName?: string
}

interface RevokeOptions extends ApiOptions {
  yes?: boolean
}

export interface GrantOptions extends ApiOptions {
  role?: string[]
  publish?: string[]
  subscribe?: string[]
}

interface RightsOptions extends GrantOptions {
  messagesPerSecond?: number
}

export function addCredentials(cli: Cli, parent: Command): void {
  const { terminal } = cli
  const group = defineCommand(parent, 'credentials', 'Set up what devices log in with.', [])
  const list = addApiOptions(
    defineCommand(group, 'list <device>', 'List the credentials of a device; never a secret.', [
      ['ackstone device credentials list d1', 'Identifier, kind, user name, date.'],
    ]),
  )
  onRun<ApiOptions>(cli, list, (options, [device]) => listCredentials(terminal, options, device!))

  const add = addApiOptions(
    defineCommand(group, 'add <device>', 'Give a device a credential; its secret is printed this once.', [
      ['ackstone device credentials add d1', 'A token, which is the user name; no password.'],
      ['ackstone device credentials add d1 --kind password --scram', 'A password, also for SCRAM-SHA-256.'],
      ['ackstone device credentials add d1 --kind certificate --common-name d1', 'A TLS certificate.'],
    ]),
  )
    .option(
      '--kind <kind>',
      'token, password or certificate',
      oneOf('token', 'password', 'certificate'),
      'token',
    )
    .option('--secret-file <file>', 'file with the token or password; without it one is made')
    .option('--username <name>', 'user name of a password (default: the device)')
    .option('--scram', 'let the password work with SCRAM-SHA-256 as well')
    .option('--fingerprint <sha256>', 'fingerprint of a certificate')
    .option('--common-name <name>', 'common name of a certificate')
  onRun<AddOptions>(cli, add, (options, [device]) => addCredential(terminal, options, device!))

  const rotate = addApiOptions(
    defineCommand(group, 'rotate <device> <credential>', 'Replace a secret; the old one ends at once.', [
      ['ackstone device credentials rotate d1 5f0c', 'Prints the new one.'],
    ]),
  ).option('--secret-file <file>', 'file with the new token or password; without it one is made')
  onRun<AddOptions>(cli, rotate, (options, [device, id]) => rotateOne(terminal, options, device!, id!))

  const revoke = addApiOptions(
    defineCommand(group, 'revoke <device> <credential>', 'Revoke a credential and end its connections.', [
      ['ackstone device credentials revoke d1 5f0c --yes', 'Without being asked.'],
    ]),
  ).option('-y, --yes', 'do not ask')
  onRun<RevokeOptions>(cli, revoke, (options, [device, id]) => revokeOne(terminal, options, device!, id!))
  addRights(cli, parent)
}

function addRights(cli: Cli, parent: Command): void {
  const rights = addApiOptions(
    defineCommand(parent, 'rights <device>', 'Show what a device may do, or replace it.', [
      ['ackstone device rights d1', 'Its roles and filters.'],
      ['ackstone device rights d1 --role device --role gateway', 'Also for devices behind it.'],
      ['ackstone device rights d1 --messages-per-second 10', 'Read no faster than that.'],
    ]),
  )
  addGrantOptions(rights).option(
    '--messages-per-second <count>',
    'most messages a second over all its connections; 0 for any number',
    wholeNumber(0, 1_000_000),
  )
  onRun<RightsOptions>(cli, rights, (options, [device]) => showRights(cli.terminal, options, device!))
}

/** Options that say what somebody may do. */
export function addGrantOptions(command: Command): Command {
  return command
    .option('--role <role>', 'a role; may be given several times', collected)
    .option('--publish <filter>', 'a filter to publish to; may be given several times', collected)
    .option('--subscribe <filter>', 'a filter to subscribe to; may be given several times', collected)
}

async function listCredentials(terminal: Terminal, options: ApiOptions, device: string): Promise<number> {
  const api = new Api(terminal, options)
  const { items } = await api.call<{ items: Credential[] }>(operations.listCredentials, {
    params: { device },
  })
  if (options.json === true) {
    await printJson(terminal, items)
    return exitCode.ok
  }
  const rows = items.map(({ id, kind, username, fingerprint, commonName, createdAt, rotatedAt }) => {
    return [id, kind, username ?? commonName ?? fingerprint ?? '', rotatedAt ?? createdAt]
  })
  await printTable(terminal, ['ID', 'KIND', 'NAME', 'SINCE'], rows)
  return exitCode.ok
}

async function addCredential(terminal: Terminal, options: AddOptions, device: string): Promise<number> {
  const { kind, username, scram, fingerprint, commonName } = options
  const given = secretOf(terminal, options)
  const body = {
    kind,
    ...(kind === 'token' ? { token: given } : {}),
    ...(kind === 'password' ? { password: given, username, scram } : {}),
    ...(kind === 'certificate' ? { fingerprint, commonName } : {}),
  }
  const api = new Api(terminal, options)
  const made = await api.call<NewCredential>(operations.createCredential, { params: { device }, body })
  return printSecret(terminal, options, made)
}

async function rotateOne(
  terminal: Terminal,
  options: AddOptions,
  device: string,
  id: string,
): Promise<number> {
  const api = new Api(terminal, options)
  const body = { secret: secretOf(terminal, options) }
  const made = await api.call<NewCredential>(operations.rotateCredential, { params: { device, id }, body })
  return printSecret(terminal, options, made)
}

function secretOf(terminal: Terminal, options: AddOptions): string | undefined {
  return secret(terminal, { option: '--secret', value: undefined, file: options.secretFile, variables: [] })
}

async function printSecret(terminal: Terminal, options: ApiOptions, made: NewCredential): Promise<number> {
  if (options.json === true) await printJson(terminal, made)
  else {
    await printFacts(terminal, [
      ['id', made.id],
      ['kind', made.kind],
      ...(made.username === undefined ? [] : [['username', made.username] as [string, string]]),
      ...(made.secret === null ? [] : [[made.kind, made.secret] as [string, string]]),
    ])
    if (made.secret !== null) note(terminal, 'It is shown this once: keep it now.')
  }
  return exitCode.ok
}

async function revokeOne(
  terminal: Terminal,
  options: RevokeOptions,
  device: string,
  id: string,
): Promise<number> {
  await confirm(terminal, options.yes === true, `Revoke the credential ${id} of ${device}?`)
  await new Api(terminal, options).call(operations.revokeCredential, { params: { device, id } })
  if (options.json === true) await printJson(terminal, { revoked: id })
  else note(terminal, `The credential ${id} of ${device} is worth nothing any more.`)
  return exitCode.ok
}

async function showRights(terminal: Terminal, options: RightsOptions, device: string): Promise<number> {
  const api = new Api(terminal, options)
  const { role: roles, publish, subscribe, messagesPerSecond } = options
  const params = { device }
  let rights = await api.call<Rights>(operations.getRights, { params })
  const isChange = roles !== undefined || publish !== undefined || subscribe !== undefined
  if (isChange || messagesPerSecond !== undefined) {
    const grants = isChange ? { roles, publish, subscribe } : rights
    const body = {
      roles: grants.roles,
      publish: grants.publish,
      subscribe: grants.subscribe,
      messagesPerSecondMax: messagesPerSecond ?? rights.messagesPerSecondMax,
    }
    rights = await api.call<Rights>(operations.replaceRights, { params, body })
  }
  if (options.json === true) await printJson(terminal, rights)
  else {
    await printFacts(terminal, [
      ['device', rights.device],
      ['roles', rights.roles.join(', ')],
      ...rights.publish.map((filter): [string, string] => ['publish', filter]),
      ...rights.subscribe.map((filter): [string, string] => ['subscribe', filter]),
      ...(rights.messagesPerSecondMax === undefined
        ? []
        : [['messages a second', String(rights.messagesPerSecondMax)] as [string, string]]),
    ])
  }
  return exitCode.ok
}
