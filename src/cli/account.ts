// `ackstone account …`, `role …`, `provisioning …` and `ban …`: applications, named rights, devices that nobody has
// entered, and who is shut out.
import type { Command } from 'commander'
import type { z } from 'zod'
import type * as shape from '../api/access-shapes.ts'
import { operations } from '../api/contract.ts'
import { Api, addApiOptions, type ApiOptions } from './api-client.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import { confirm } from './confirm.ts'
import { addGrantOptions, type GrantOptions } from './credentials.ts'
import { exitCode, usageFailure } from './exit-code.ts'
import { oneOf, secret, wholeNumber } from './option-values.ts'
import { printFacts, printTable } from './table.ts'
import { note, printJson, type Terminal } from './terminal.ts'

type Account = z.output<typeof shape.account>
type NewAccount = z.output<typeof shape.newAccount>
type Role = z.output<typeof shape.role>
type Rule = z.output<typeof shape.rule>
type NewRule = z.output<typeof shape.newRule>
type Ban = z.output<typeof shape.ban>

interface AccountOptions extends GrantOptions {
  passwordFile?: string
  scram?: boolean
  rotate?: boolean
}
interface RemoveOptions extends ApiOptions {
  yes?: boolean
}
interface RoleOptions extends GrantOptions {
  description?: string
  integrations?: boolean
}
interface RuleOptions extends GrantOptions {
  kind: 'secret' | 'certificate'
  pattern?: string
  devicesMax?: number
  expires?: string
}
interface BanOptions extends ApiOptions {
  address?: string
  device?: string
  reason?: string
  expires?: string
}

export function addAccount(cli: Cli, parent: Command): void {
  const { terminal } = cli
  const group = defineCommand(parent, 'account', 'Set up accounts of applications.', [])
  const list = addApiOptions(
    defineCommand(group, 'list', 'List all accounts.', [['ackstone account list', 'Name, roles, filters.']]),
  )
  onRun<ApiOptions>(cli, list, (options) =>
    printList<Account>(terminal, options, operations.listAccounts, ['NAME', 'ROLES', 'SINCE'], (account) => [
      account.name,
      account.roles.join(', '),
      account.createdAt,
    ]),
  )
  const add = defineCommand(group, 'add <name>', 'Make an account; its password is printed this once.', [
    ['ackstone account add dashboard --role reader', 'Reads every topic.'],
    [`ackstone account add erp --subscribe 'plant/#'`, 'Reads one tree of topics.'],
  ])
  addGrantOptions(addApiOptions(add))
    .option('--password-file <file>', 'file with the password; without it one is made')
    .option('--scram', 'let it work with SCRAM-SHA-256 as well')
  onRun<AccountOptions>(cli, add, (options, [name]) => addOne(terminal, options, name!))

  const update = defineCommand(group, 'update <name>', 'Change what is given, keep the rest.', [
    ['ackstone account update dashboard --rotate', 'A new password; the old one ends at once.'],
  ])
  addGrantOptions(addApiOptions(update))
    .option('--password-file <file>', 'file with the new password')
    .option('--rotate', 'make a new password')
  onRun<AccountOptions>(cli, update, (options, [name]) => updateOne(terminal, options, name!))
  addRemove(cli, group, 'account', 'name', operations.removeAccount)
}

export function addRole(cli: Cli, parent: Command): void {
  const { terminal } = cli
  const group = defineCommand(parent, 'role', 'Set up named rights.', [])
  const list = addApiOptions(
    defineCommand(group, 'list', 'List all roles.', [['ackstone role list', 'Name and filters.']]),
  )
  onRun<ApiOptions>(cli, list, (options) =>
    printList<Role>(terminal, options, operations.listRoles, ['NAME', 'PUBLISH', 'SUBSCRIBE'], (role) => [
      role.name,
      role.publish.join(' '),
      role.subscribe.join(' '),
    ]),
  )
  const put = defineCommand(group, 'put <name>', 'Make or replace a role; it counts at once.', [
    [`ackstone role put plant --publish 'plant/{device}/+'`, 'For whoever has it, {device} is itself.'],
  ])
  addGrantOptions(addApiOptions(put))
    .option('--description <text>', 'what it is for')
    .option('--integrations', 'also the topics of integrations that name {device}')
  onRun<RoleOptions>(cli, put, async (options, [name]) => {
    const { publish, subscribe, description, integrations } = options
    if (options.role !== undefined) throw usageFailure('A role has no roles.', 'Give it filters.')
    const body = { publish, subscribe, description, integrations }
    const made = await new Api(terminal, options).call<Role>(operations.putRole, {
      params: { name: name! },
      body,
    })
    return printMade(terminal, options, made, [['name', made.name]])
  })
  addRemove(cli, group, 'role', 'name', operations.removeRole)
}

export function addProvisioning(cli: Cli, parent: Command): void {
  const { terminal } = cli
  const group = defineCommand(parent, 'provisioning', 'Let devices in that nobody has entered.', [])
  const list = addApiOptions(
    defineCommand(group, 'list', 'List all rules.', [
      ['ackstone provisioning list', 'With how many came in.'],
    ]),
  )
  onRun<ApiOptions>(cli, list, (options) =>
    printList<Rule>(
      terminal,
      options,
      operations.listRules,
      ['ID', 'KIND', 'PATTERN', 'KEY', 'DEVICES'],
      (rule) => [rule.id, rule.kind, rule.pattern, rule.key, `${rule.devices}`],
    ),
  )
  const add = defineCommand(group, 'add', 'Make a rule; its secret is printed this once.', [
    [`ackstone provisioning add --pattern 'meter-*' --devices-max 500`, 'Key and secret for the factory.'],
  ])
  addGrantOptions(addApiOptions(add))
    .option('--kind <kind>', 'secret or certificate', oneOf('secret', 'certificate'), 'secret')
    .option('--pattern <pattern>', 'what names look like; * stands for any characters')
    .option('--devices-max <count>', 'devices at most', wholeNumber(1, 1_000_000))
    .option('--expires <moment>', 'until when, RFC 3339')
  onRun<RuleOptions>(cli, add, async (options) => {
    const { kind, pattern, devicesMax, expires: expiresAt, role: roles } = options
    if (pattern === undefined) throw usageFailure('The rule has no pattern.', 'Give one with --pattern.')
    const body = { kind, pattern, devicesMax, expiresAt, roles }
    const made = await new Api(terminal, options).call<NewRule>(operations.createRule, { body })
    return printMade(terminal, options, made, [
      ['id', made.id],
      ['key', made.key],
      ['secret', made.secret ?? ''],
    ])
  })
  addRemove(cli, group, 'rule', 'id', operations.removeRule)
}

export function addBan(cli: Cli, parent: Command): void {
  const { terminal } = cli
  const group = defineCommand(parent, 'ban', 'Shut out addresses, networks and devices.', [])
  const list = addApiOptions(
    defineCommand(group, 'list', 'List all bans.', [['ackstone ban list', 'Who, why, until when.']]),
  )
  onRun<ApiOptions>(cli, list, (options) =>
    printList<Ban>(
      terminal,
      options,
      operations.listBans,
      ['ID', 'KIND', 'VALUE', 'REASON', 'UNTIL'],
      (ban) => [ban.id, ban.kind, ban.value, ban.reason, ban.expiresAt ?? ''],
    ),
  )
  const add = addApiOptions(
    defineCommand(group, 'add', 'Shut somebody out, and end the connections.', [
      ['ackstone ban add --address 203.0.113.0/24 --reason scanning', 'A network.'],
      ['ackstone ban add --device pump-7', 'A device.'],
    ]),
  )
    .option('--address <address>', 'an address, or a network as 203.0.113.0/24')
    .option('--device <device>', 'a device')
    .option('--reason <text>', 'why, for those who read the list')
    .option('--expires <moment>', 'until when, RFC 3339')
  onRun<BanOptions>(cli, add, async (options) => {
    const { address, device, reason, expires: expiresAt } = options
    const value = address ?? device
    if (value === undefined || (address !== undefined && device !== undefined)) {
      throw usageFailure('It is not said whom to shut out.', 'Give one of --address and --device.')
    }
    const body = { kind: address === undefined ? 'device' : 'address', value, reason, expiresAt }
    const made = await new Api(terminal, options).call<Ban>(operations.createBan, { body })
    return printMade(terminal, options, made, [
      ['id', made.id],
      [made.kind, made.value],
    ])
  })
  addRemove(cli, group, 'ban', 'id', operations.removeBan)
}

/** `remove` of a group, after asking. */
function addRemove(
  cli: Cli,
  group: Command,
  what: string,
  parameter: 'name' | 'id',
  operation: (typeof operations)['removeAccount' | 'removeRole' | 'removeRule' | 'removeBan'],
): void {
  const line = `ackstone ${group.name()} remove ${parameter === 'id' ? '5f0c' : 'plant'} --yes`
  const remove = addApiOptions(
    defineCommand(group, `remove <${parameter}>`, `Remove a ${what}.`, [[line, 'Without being asked.']]),
  ).option('-y, --yes', 'do not ask')
  onRun<RemoveOptions>(cli, remove, async (options, [name]) => {
    await confirm(cli.terminal, options.yes === true, `Remove the ${what} ${name}?`)
    await new Api(cli.terminal, options).call(operation, { params: { [parameter]: name! } })
    if (options.json === true) await printJson(cli.terminal, { removed: name })
    else note(cli.terminal, `The ${what} ${name} is removed.`)
    return exitCode.ok
  })
}

async function printList<T>(
  terminal: Terminal,
  options: ApiOptions,
  operation: (typeof operations)['listAccounts' | 'listRoles' | 'listRules' | 'listBans'],
  heading: string[],
  row: (item: T) => string[],
): Promise<number> {
  const { items } = await new Api(terminal, options).call<{ items: T[] }>(operation)
  if (options.json === true) await printJson(terminal, items)
  else await printTable(terminal, heading, items.map(row))
  return exitCode.ok
}

async function addOne(terminal: Terminal, options: AccountOptions, name: string): Promise<number> {
  const { role: roles, publish, subscribe, scram } = options
  const body = { name, roles, publish, subscribe, scram, password: passwordOf(terminal, options) }
  const made = await new Api(terminal, options).call<NewAccount>(operations.createAccount, { body })
  return printAccount(terminal, options, made)
}

async function updateOne(terminal: Terminal, options: AccountOptions, name: string): Promise<number> {
  const { role: roles, publish, subscribe, rotate } = options
  const body = { roles, publish, subscribe, rotate, password: passwordOf(terminal, options) }
  const request = { params: { name }, body }
  const made = await new Api(terminal, options).call<NewAccount>(operations.changeAccount, request)
  return printAccount(terminal, options, made)
}

function passwordOf(terminal: Terminal, { passwordFile: file }: AccountOptions): string | undefined {
  return secret(terminal, { option: '--password', value: undefined, file, variables: [] })
}

async function printAccount(terminal: Terminal, options: ApiOptions, made: NewAccount): Promise<number> {
  return printMade(terminal, options, made, [
    ['name', made.name],
    ['roles', made.roles.join(', ')],
    ...(made.password === null ? [] : [['password', made.password] as [string, string]]),
  ])
}

async function printMade(
  terminal: Terminal,
  options: ApiOptions,
  made: object,
  facts: [name: string, value: string][],
): Promise<number> {
  if (options.json === true) await printJson(terminal, made)
  else {
    await printFacts(
      terminal,
      facts.filter(([, value]) => value !== ''),
    )
    if (facts.some(([name]) => name === 'password' || name === 'secret'))
      note(terminal, 'Secrets are shown this once: keep them now.')
  }
  return exitCode.ok
}
