// `ackstone integration …`: where messages come from, with topics, selected QoS and converter.
import type { Command } from 'commander'
import type { z } from 'zod'
import { operations } from '../api/contract.ts'
import type { health as bridgeHealth } from '../api/bridge-shapes.ts'
import type * as shape from '../api/shapes.ts'
import { addBridgeOptions, applyBridgeOptions, type BridgeOptions } from './bridge-options.ts'
import { Api, addApiOptions, type ApiOptions } from './api-client.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import { confirm } from './confirm.ts'
import { CommandFailure, exitCode, usageFailure } from './exit-code.ts'
import { qosValue } from './mqtt-options.ts'
import { collected, oneOf, readTextFile, splitPair } from './option-values.ts'
import { printFacts, printTable } from './table.ts'
import { note, printJson, readAll, type Terminal } from './terminal.ts'

type Integration = z.output<typeof shape.integration>
type Draft = z.input<typeof shape.integrationDraft>

interface DraftOptions extends ApiOptions, BridgeOptions {
  name?: string
  topic?: string[]
  qos?: 0 | 1 | 2
  converter?: string
  converterOption?: string[]
  duplicates?: 'overwrite' | 'ignore'
  downlink?: string
  enable?: boolean
  disable?: boolean
  file?: string
}

interface RemoveOptions extends ApiOptions {
  yes?: boolean
}

export function addIntegration(cli: Cli, parent: Command): void {
  const group = defineCommand(parent, 'integration', 'Set up where messages come from.', [])
  const list = addApiOptions(
    defineCommand(group, 'list', 'List all integrations.', [
      ['ackstone integration list', 'Name, topics with their QoS, converter.'],
    ]),
  )
  onRun<ApiOptions>(cli, list, (options) => listIntegrations(cli.terminal, options))

  const show = addApiOptions(
    defineCommand(group, 'show <integration>', 'Show one integration, by its id or name.', [
      ['ackstone integration show Plant', 'What it takes and how it reads it.'],
    ]),
  )
  onRun<ApiOptions>(cli, show, (options, [name]) => showIntegration(cli.terminal, options, name!))

  const add = defineCommand(group, 'add', 'Set up an integration; it takes messages at once.', [
    [
      `ackstone integration add --name Plant --topic 'plant/{device}/telemetry' --qos 1`,
      'Answers at QoS 1 leave when the reading is stored.',
    ],
    [
      `ackstone integration add --name Lab --broker mqtts://lab.example --topic 'lab/{device}/#' --qos 1`,
      'A bridge: its messages are acknowledged there when they are stored here.',
    ],
    [
      'ackstone integration add --file plant.json',
      'The whole integration as JSON, each topic with its own QoS.',
    ],
  ])
  addDraftOptions(addApiOptions(add))
  onRun<DraftOptions>(cli, add, (options) => addOne(cli.terminal, options))

  const update = defineCommand(group, 'update <integration>', 'Change what is given, keep the rest.', [
    ['ackstone integration update Plant --qos 2', 'All its topics at QoS 2.'],
    ['ackstone integration update Plant --disable', 'Take no messages for it until --enable.'],
  ])
  addDraftOptions(addApiOptions(update))
  onRun<DraftOptions>(cli, update, (options, [name]) => updateOne(cli.terminal, options, name!))

  const health = addApiOptions(
    defineCommand(group, 'health <integration>', 'Show how an integration is: connections, granted QoS.', [
      ['ackstone integration health Lab', 'State, what its broker grants, and what to do.'],
    ]),
  )
  onRun<ApiOptions>(cli, health, (options, [name]) => showHealth(cli.terminal, options, name!))

  const remove = addApiOptions(
    defineCommand(group, 'remove <integration>', 'Remove an integration; its readings stay.', [
      ['ackstone integration remove Plant --yes', 'Without being asked.'],
    ]),
  ).option('-y, --yes', 'do not ask')
  onRun<RemoveOptions>(cli, remove, (options, [name]) => removeOne(cli.terminal, options, name!))
}

function addDraftOptions(command: Command): void {
  command
    .option('--name <name>', 'its name')
    .option(
      '--topic <filter>',
      'topic filter, {device} and {key} name levels; may be given several times',
      collected,
    )
    .option('--qos <qos>', 'Quality of Service selected for these topics (default: 0)', qosValue)
    .option('--converter <type>', 'how payloads are read (default: json)')
    .option(
      '--converter-option <name=value>',
      'option of the converter, the value as JSON or text',
      collected,
    )
    .option('--duplicates <policy>', 'overwrite or ignore a row that is there', oneOf('overwrite', 'ignore'))
    .option('--downlink <json>', 'how its devices get commands, as JSON; none for nothing of its own')
    .option('--disable', 'take no messages for it')
    .option('--enable', 'take messages for it')
    .option('--file <file>', 'the integration as JSON, as in the API; - for the standard input')
  addBridgeOptions(command)
}

async function listIntegrations(terminal: Terminal, options: ApiOptions): Promise<number> {
  const items = await allIntegrations(new Api(terminal, options))
  if (options.json === true) {
    await printJson(terminal, items)
    return exitCode.ok
  }
  const rows = items.map(({ id, name, kind, topics, converter, enabled }) => [
    id,
    name,
    kind,
    enabled ? 'on' : 'off',
    converter.type,
    topics.map(({ filter, qos }) => `${filter} (QoS ${qos})`).join(', '),
  ])
  await printTable(terminal, ['ID', 'NAME', 'KIND', 'STATE', 'CONVERTER', 'TOPICS'], rows)
  return exitCode.ok
}

async function showIntegration(terminal: Terminal, options: ApiOptions, name: string): Promise<number> {
  const api = new Api(terminal, options)
  const integration = await findIntegration(api, name)
  const health = integration.kind === 'bridge' ? await healthOf(api, integration.id) : undefined
  await show(terminal, options, integration, health)
  return exitCode.ok
}

type Health = z.output<typeof bridgeHealth>

function healthOf(api: Api, id: string): Promise<Health> {
  return api.call<Health>(operations.integrationHealth, { params: { id } })
}

/** Where several hubs share it. */
function runsOnFacts(health: Health | undefined): [string, string][] {
  const { hub, isThis } = health?.runsOn ?? {}
  return hub === undefined ? [] : [['runs on', `hub ${hub}${isThis === true ? ' (this one)' : ''}`]]
}

async function show(
  terminal: Terminal,
  options: ApiOptions,
  integration: Integration,
  health?: Health,
): Promise<void> {
  if (options.json === true) return printJson(terminal, integration)
  const { topics, converter, connection, connections, ...rest } = integration
  await printFacts(terminal, [
    ['id', rest.id],
    ['name', rest.name],
    ['kind', rest.kind],
    ...connectionFacts(connection, connections),
    ['state', rest.enabled ? 'on' : 'off'],
    ...runsOnFacts(health),
    ...topics.map(({ filter, qos }): [string, string] => ['topic', `${filter}, QoS ${qos}`]),
    ['converter', JSON.stringify(converter)],
    ['duplicates', rest.duplicates],
    ...downlinkFacts(rest.downlink),
    ['managed', rest.managed ? 'yes, it can’t be changed over the API' : 'no'],
    ['created', rest.createdAt],
    ['updated', rest.updatedAt],
  ])
}

function downlinkFacts(downlink: Integration['downlink']): [string, string][] {
  return downlink === undefined ? [] : [['downlink', JSON.stringify(downlink)]]
}

function connectionFacts(
  connection: Integration['connection'],
  connections: number | undefined,
): [string, string][] {
  if (connection === undefined) return []
  const { url, clientId, username, passwordSet, cert } = connection
  const login =
    username === undefined ? 'none' : `${username}, ${passwordSet ? 'with' : 'without'} a password`
  return [
    ['broker', url],
    ['client id', clientId],
    ['login', cert === undefined ? login : `${login}; certificate`],
    ['connections', String(connections ?? 1)],
  ]
}

async function showHealth(terminal: Terminal, options: ApiOptions, name: string): Promise<number> {
  const api = new Api(terminal, options)
  const { id } = await findIntegration(api, name)
  const health = await healthOf(api, id)
  if (options.json === true) {
    await printJson(terminal, health)
    return exitCode.ok
  }
  await printFacts(terminal, [
    ['state', `${health.state}: ${health.sentence}`],
    ...runsOnFacts(health),
    ...health.connections.map(({ clientId, state, retryAt }): [string, string] => [
      'connection',
      `${clientId}, ${state}${retryAt === null ? '' : `, tried again at ${retryAt}`}`,
    ]),
    ...health.topics.map(({ filter, sentence }): [string, string] => ['topic', `${filter}: ${sentence}`]),
    ['messages', `${health.messages}, ${health.messagesPerSecond.toFixed(1)} a second`],
    ['outage budget', health.outageBudget.sentence],
  ])
  return exitCode.ok
}

async function addOne(terminal: Terminal, options: DraftOptions): Promise<number> {
  const draft = await draftOf(terminal, options, {
    name: '',
    kind: 'direct',
    topics: [],
    converter: { type: 'json' },
  })
  if (draft.name === '') throw usageFailure('The integration has no name.', 'Give one with --name.')
  if (draft.topics.length === 0) throw usageFailure('The integration has no topic.', 'Give one with --topic.')
  const api = new Api(terminal, options)
  const made = await api.call<Integration>(operations.createIntegration, { body: draft })
  await show(terminal, options, made)
  const isBridge = made.kind === 'bridge'
  const how = isBridge
    ? `The bridge ${made.name} connects now; \`ackstone integration health ${made.id}\` says how it is.`
    : `The integration ${made.name} takes messages now.`
  note(terminal, how)
  return exitCode.ok
}

async function updateOne(terminal: Terminal, options: DraftOptions, name: string): Promise<number> {
  const api = new Api(terminal, options)
  const {
    id,
    managed: _managed,
    createdAt: _created,
    updatedAt: _updated,
    connection,
    ...before
  } = await findIntegration(api, name)
  const body = await draftOf(terminal, options, { ...before, ...changeable(connection) })
  await show(
    terminal,
    options,
    await api.call<Integration>(operations.replaceIntegration, { params: { id }, body }),
  )
  return exitCode.ok
}

/** What of a connection may be sent back; secrets that are not mentioned stay. */
function changeable(connection: Integration['connection']): Pick<Draft, 'connection'> {
  if (connection === undefined) return {}
  const { passwordSet: _password, keySet: _key, ...rest } = connection
  return { connection: rest }
}

async function removeOne(terminal: Terminal, options: RemoveOptions, name: string): Promise<number> {
  const api = new Api(terminal, options)
  const integration = await findIntegration(api, name)
  await confirm(
    terminal,
    options.yes === true,
    `Remove the integration ${integration.name}? Its readings stay stored.`,
  )
  await api.call(operations.removeIntegration, { params: { id: integration.id } })
  if (options.json === true) await printJson(terminal, { removed: integration.id })
  else note(terminal, `The integration ${integration.name} is removed.`)
  return exitCode.ok
}

async function allIntegrations(api: Api): Promise<Integration[]> {
  return (await api.call<{ items: Integration[] }>(operations.listIntegrations)).items
}

async function findIntegration(api: Api, name: string): Promise<Integration> {
  const items = await allIntegrations(api)
  const found = items.find(({ id }) => id === name) ?? items.find((item) => item.name === name)
  if (found !== undefined) return found
  throw new CommandFailure(
    exitCode.failure,
    `There is no integration with the id or name "${name}" on ${api.url}.`,
    '`ackstone integration list` shows which there are.',
  )
}

/** What was there before, with the file and then the options put over it. */
async function draftOf(terminal: Terminal, options: DraftOptions, before: Draft): Promise<Draft> {
  const draft: Draft =
    options.file === undefined ? { ...before } : { ...before, ...(await readDraft(terminal, options.file)) }
  if (options.enable === true && options.disable === true) {
    throw usageFailure('An integration is either enabled or disabled.', 'Give one of --enable and --disable.')
  }
  if (options.name !== undefined) draft.name = options.name
  if (options.topic !== undefined)
    draft.topics = options.topic.map((filter) => ({ filter, qos: options.qos ?? 0 }))
  else if (options.qos !== undefined)
    draft.topics = draft.topics.map(({ filter }) => ({ filter, qos: options.qos! }))
  if (options.converter !== undefined) draft.converter = { type: options.converter }
  for (const text of options.converterOption ?? []) {
    const [name, value] = splitPair(text, '--converter-option')
    draft.converter = { ...draft.converter, [name]: jsonOrText(value) }
  }
  if (options.duplicates !== undefined) draft.duplicates = options.duplicates
  applyBridgeOptions(terminal, options, draft)
  if (options.downlink === 'none') delete draft.downlink
  else if (options.downlink !== undefined) draft.downlink = downlinkOf(options.downlink)
  if (options.enable === true || options.disable === true) draft.enabled = options.enable === true
  return draft
}

/** What is in it is the hub's to judge. */
function downlinkOf(text: string): Draft['downlink'] {
  const value = jsonOrText(text)
  if (typeof value === 'object' && value !== null) return value as Draft['downlink']
  throw usageFailure('--downlink is no JSON object.', `Write it as '{"form":"raw","topic":"{device}/set"}'.`)
}

async function readDraft(terminal: Terminal, file: string): Promise<Partial<Draft>> {
  const text = file === '-' ? String(await readAll(terminal)) : readTextFile(file, '--file')
  const value = jsonOrText(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw usageFailure(
    `The file ${file} is not a JSON object.`,
    'It holds one integration, as the API takes it.',
  )
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}
