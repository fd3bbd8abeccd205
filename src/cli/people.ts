// `ackstone user …`, `key …` and `audit`: who uses the hub, which programs do, and who did what.
import type { Command } from 'commander'
import type { z } from 'zod'
import { operations } from '../api/contract.ts'
import type * as shape from '../api/identity-shapes.ts'
import { Api, addApiOptions, readPages, type ApiOptions } from './api-client.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import { confirm } from './confirm.ts'
import { CommandFailure, exitCode, usageFailure } from './exit-code.ts'
import { collected, oneOf, secret, wholeNumber } from './option-values.ts'
import { printFacts, printTable } from './table.ts'
import { note, printJson, type Terminal } from './terminal.ts'

type User = z.output<typeof shape.userShape>
type NewUser = z.output<typeof shape.newUser>
type Key = z.output<typeof shape.key>
type NewKey = z.output<typeof shape.newKey>
type AuditPage = z.output<typeof shape.auditPage>

interface UserOptions extends ApiOptions {
  name?: string
  role?: 'viewer' | 'operator' | 'administrator'
  passwordFile?: string
  disable?: boolean
  enable?: boolean
}
interface RemoveOptions extends ApiOptions {
  yes?: boolean
}
interface KeyOptions extends ApiOptions {
  scope?: string[]
  expires?: string
}
interface AuditOptions extends ApiOptions {
  limit: number
  who?: string
  action?: string
}

const role = oneOf('viewer', 'operator', 'administrator')
const auditPageMax = 1_000

export function addUser(cli: Cli, parent: Command): void {
  const { terminal } = cli
  const group = defineCommand(parent, 'user', 'Set up people who sign in.', [])
  const list = addApiOptions(
    defineCommand(group, 'list', 'List all users.', [['ackstone user list', 'Who, role, last seen.']]),
  )
  onRun<ApiOptions>(cli, list, async (options) => {
    const { items } = await new Api(terminal, options).call<{ items: User[] }>(operations.listUsers)
    if (options.json === true) await printJson(terminal, items)
    else await printTable(terminal, ['E-MAIL', 'NAME', 'ROLE', 'STATE', 'LAST SEEN'], items.map(userRow))
    return exitCode.ok
  })

  const add = defineCommand(group, 'add <email>', 'Make a user; without a password, an invitation.', [
    ['ackstone user add bob@example.org --name Bob --role operator', 'Prints a link for Bob.'],
  ])
  addApiOptions(add)
    .option('--name <name>', 'what the user is called (default: the e-mail address)')
    .option('--role <role>', 'viewer, operator or administrator (default: viewer)', role)
    .option('--password-file <file>', 'file with the password')
  onRun<UserOptions>(cli, add, async (options, [email]) => {
    const { name = email, role: given } = options
    const body = { name, email, role: given, password: passwordOf(terminal, options) }
    const api = new Api(terminal, options)
    return printUser(terminal, options, api, await api.call<NewUser>(operations.createUser, { body }))
  })

  const update = defineCommand(group, 'update <user>', 'Change what is given, keep the rest.', [
    ['ackstone user update bob@example.org --role viewer', 'Open sessions of Bob end.'],
    ['ackstone user update bob@example.org --disable', 'Bob can’t sign in any more.'],
  ])
  addApiOptions(update)
    .option('--name <name>', 'what the user is called')
    .option('--role <role>', 'viewer, operator or administrator', role)
    .option('--disable', 'shut the user out')
    .option('--enable', 'let the user in again')
  onRun<UserOptions>(cli, update, async (options, [user]) => {
    const { name, role: given, disable, enable } = options
    if (disable === true && enable === true) throw usageFailure('--disable and --enable exclude one another.')
    const isEnabled = enable ?? (disable === true ? false : undefined)
    return changeUser(terminal, options, user!, { name, role: given, isEnabled })
  })
  addUserPassword(cli, group)

  const remove = addApiOptions(
    defineCommand(group, 'remove <user>', 'Remove a user and end the sessions.', [
      ['ackstone user remove bob@example.org --yes', 'Without being asked.'],
    ]),
  ).option('-y, --yes', 'do not ask')
  onRun<RemoveOptions>(cli, remove, async (options, [user]) => {
    await confirm(terminal, options.yes === true, `Remove the user ${user}?`)
    const api = new Api(terminal, options)
    const { id } = await findUser(api, user!)
    await api.call(operations.removeUser, { params: { id } })
    return printRemoved(terminal, options, 'user', user!)
  })
}

function addUserPassword(cli: Cli, group: Command): void {
  const { terminal } = cli
  const password = defineCommand(
    group,
    'password <user>',
    'Give a user a new password, or a link to set one.',
    [
      ['ackstone user password bob@example.org', 'Prints a link with which Bob sets a new one.'],
      ['ackstone user password bob@example.org --password-file new.txt', 'Open sessions of Bob end.'],
    ],
  )
  addApiOptions(password).option('--password-file <file>', 'file with the new password')
  onRun<UserOptions>(cli, password, (options, [user]) => {
    const given = passwordOf(terminal, options)
    return changeUser(terminal, options, user!, given === undefined ? { invite: true } : { password: given })
  })
}

export function addKey(cli: Cli, parent: Command): void {
  const { terminal } = cli
  const group = defineCommand(parent, 'key', 'Set up API keys of programs.', [])
  const list = addApiOptions(
    defineCommand(group, 'list', 'List all keys.', [['ackstone key list', 'Name, scopes, last used.']]),
  )
  onRun<ApiOptions>(cli, list, async (options) => {
    const { items } = await new Api(terminal, options).call<{ items: Key[] }>(operations.listKeys)
    if (options.json === true) await printJson(terminal, items)
    else
      await printTable(terminal, ['ID', 'NAME', 'SCOPES', 'BEGINS', 'LAST USED', 'UNTIL'], items.map(keyRow))
    return exitCode.ok
  })

  const create = defineCommand(group, 'create <name>', 'Make a key; it is printed this once.', [
    ['ackstone key create gateway --scope ingest', 'Stores readings, and nothing else.'],
    ['ackstone key create report --scope read --expires 2027-01-01T00:00:00Z', 'Reads until then.'],
  ])
  addApiOptions(create)
    .option('--scope <scope>', 'read, ingest, operate or administer; may be given several times', collected)
    .option('--expires <moment>', 'until when, RFC 3339')
  onRun<KeyOptions>(cli, create, async (options, [name]) => {
    const { scope: scopes, expires: expiresAt } = options
    if (scopes === undefined) throw usageFailure('The key has no scope.', 'Give one or more with --scope.')
    const body = { name, scopes, expiresAt }
    const made = await new Api(terminal, options).call<NewKey>(operations.createKey, { body })
    if (options.json === true) await printJson(terminal, made)
    else {
      await printFacts(terminal, [
        ['id', made.id],
        ['key', made.key],
      ])
      note(terminal, 'Secrets are shown this once: keep them now.')
    }
    return exitCode.ok
  })

  const revoke = addApiOptions(
    defineCommand(group, 'revoke <id>', 'Revoke a key; it is worth nothing from then on.', [
      ['ackstone key revoke 5f0c --yes', 'Without being asked.'],
    ]),
  ).option('-y, --yes', 'do not ask')
  onRun<RemoveOptions>(cli, revoke, async (options, [id]) => {
    await confirm(terminal, options.yes === true, `Revoke the key ${id}?`)
    await new Api(terminal, options).call(operations.removeKey, { params: { id: id! } })
    return printRemoved(terminal, options, 'key', id!)
  })
}

export function addAudit(cli: Cli, parent: Command): void {
  const { terminal } = cli
  const audit = defineCommand(parent, 'audit', 'Show who did what, newest first.', [
    ['ackstone audit --who bob', 'What Bob did.'],
    ['ackstone audit --action user. --limit 20', 'The newest changes of users.'],
  ])
  addApiOptions(audit)
    .option('--limit <count>', 'entries at most', wholeNumber(1, 10_000), 100)
    .option('--who <text>', 'only of whom this is part of the name')
    .option('--action <text>', 'only actions that begin with this')
  onRun<AuditOptions>(cli, audit, async (options) => {
    const api = new Api(terminal, options)
    const { who, action } = options
    const items = await readPages(options.limit, auditPageMax, (limit, cursor) =>
      api.call<AuditPage>(operations.audit, { query: { limit, cursor, who, action } }),
    )
    if (options.json === true) await printJson(terminal, items)
    else {
      const rows = items.map(({ at, sentence, address }) => [at, address, sentence])
      await printTable(terminal, ['AT', 'FROM', 'WHAT'], rows)
    }
    return exitCode.ok
  })
}

async function changeUser(
  terminal: Terminal,
  options: UserOptions,
  user: string,
  body: object,
): Promise<number> {
  const api = new Api(terminal, options)
  const { id } = await findUser(api, user)
  const changed = await api.call<NewUser>(operations.changeUser, { params: { id }, body })
  return printUser(terminal, options, api, changed)
}

/** By e-mail address or identifier. */
async function findUser(api: Api, given: string): Promise<User> {
  const { items } = await api.call<{ items: User[] }>(operations.listUsers)
  const sought = given.toLowerCase()
  const found = items.find(({ id, email }) => id === given || email === sought)
  if (found !== undefined) return found
  throw new CommandFailure(
    exitCode.failure,
    `There is no user ${given}.`,
    'List them with `ackstone user list`.',
  )
}

async function printUser(
  terminal: Terminal,
  options: ApiOptions,
  api: Api,
  { user, invitation }: NewUser,
): Promise<number> {
  if (options.json === true) {
    await printJson(terminal, { user, invitation })
    return exitCode.ok
  }
  const facts: [name: string, value: string][] = [
    ['user', user.email],
    ['role', user.role],
  ]
  if (invitation !== null) facts.push(['link', `${api.url}/invitation#${invitation.code}`])
  await printFacts(terminal, facts)
  if (invitation !== null)
    note(terminal, `The link works once, until ${invitation.expiresAt}. It is shown this once.`)
  return exitCode.ok
}

async function printRemoved(
  terminal: Terminal,
  options: ApiOptions,
  what: string,
  name: string,
): Promise<number> {
  if (options.json === true) await printJson(terminal, { removed: name })
  else note(terminal, `The ${what} ${name} is removed.`)
  return exitCode.ok
}

function passwordOf(terminal: Terminal, { passwordFile: file }: UserOptions): string | undefined {
  return secret(terminal, { option: '--password', value: undefined, file, variables: [] })
}

function userRow({ email, name, role: given, isEnabled, hasPassword, lastSeenAt }: User): string[] {
  const state = isEnabled ? (hasPassword ? 'active' : 'invited') : 'shut out'
  return [email, name, given, state, lastSeenAt ?? '']
}

function keyRow({ id, name, scopes, prefix, lastUsedAt, expiresAt }: Key): string[] {
  return [id, name, scopes.join(', '), prefix, lastUsedAt ?? '', expiresAt ?? '']
}
