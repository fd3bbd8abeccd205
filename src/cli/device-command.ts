// `ackstone device command …`: commands for a device, sent and followed until it has acknowledged or answered.
import type { Command } from 'commander'
import type { z } from 'zod'
import type * as shape from '../api/command-shapes.ts'
import { operations } from '../api/contract.ts'
import { commandForms } from '../api/downlink-shapes.ts'
import { Api, addApiOptions, type ApiOptions } from './api-client.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import { exitCode, usageFailure } from './exit-code.ts'
import { qosValue } from './mqtt-options.ts'
import { oneOf, wholeNumber } from './option-values.ts'
import { printFacts, printTable } from './table.ts'
import { printJson, type Terminal } from './terminal.ts'

type Shown = z.output<typeof shape.command>
type Draft = z.input<typeof shape.commandDraft>

interface SendOptions extends ApiOptions {
  params?: string
  payload?: string
  integration?: string
  form?: NonNullable<Draft['form']>
  topic?: string
  script?: string
  qos?: 0 | 1 | 2
  expires?: number
}

interface ListOptions extends ApiOptions {
  limit: number
}

export function addDeviceCommand(cli: Cli, parent: Command): void {
  const { terminal } = cli
  const group = defineCommand(parent, 'command', 'Commands for a device.', [])
  const send = addApiOptions(
    defineCommand(group, 'send <device> <command>', 'Send a command; it waits for a device that is away.', [
      [`ackstone device command send d1 open --params '{"valve":3}'`, 'Kept for a day, at QoS 1.'],
      ['ackstone device command send d1 reboot --form thingsboard-rpc', 'For a device of ThingsBoard.'],
    ]),
  )
    .option('--params <json>', 'what the command needs, as JSON')
    .option('--payload <text>', 'the payload itself, with --form raw')
    .option(
      '--form <form>',
      'how it is written (default: as its integration says, else ackstone)',
      oneOf(...commandForms),
    )
    .option('--integration <id>', 'what it goes through (default: where the device was last heard)')
    .option('--topic <topic>', 'another topic than that of the integration or form')
    .option('--script <id>', 'whose encodeDownlink writes the payload, with --form script')
    .option('--qos <qos>', 'Quality of Service (default: as its integration says, else 1)', qosValue)
    .option('--expires <seconds>', 'not sent later than that (default: 86400)', wholeNumber(1, 2_592_000))
  onRun<SendOptions>(cli, send, (options, [device, command]) => sendOne(terminal, options, device!, command!))

  const list = addApiOptions(
    defineCommand(group, 'list <device>', 'List the commands of a device, the newest first.', [
      ['ackstone device command list d1', 'State, times and answers.'],
    ]),
  ).option('--limit <count>', 'commands at most', wholeNumber(1, 1000), 100)
  onRun<ListOptions>(cli, list, (options, [device]) => listAll(terminal, options, device!))

  const show = addApiOptions(
    defineCommand(group, 'show <device> <id>', 'Show one command with its answer.', [
      ['ackstone device command show d1 0dq1x2y3z4a9f86d081884c', 'What became of it.'],
    ]),
  )
  onRun<ApiOptions>(cli, show, async (options, [device, id]) => {
    const params = { device: device!, id: id! }
    return showOne(
      terminal,
      options,
      await new Api(terminal, options).call(operations.getCommand, { params }),
    )
  })

  const cancel = addApiOptions(
    defineCommand(group, 'cancel <device> <id>', 'Call a command off that no session has yet.', [
      ['ackstone device command cancel d1 0dq1x2y3z4a9f86d081884c', 'It is never sent.'],
    ]),
  )
  onRun<ApiOptions>(cli, cancel, async (options, [device, id]) => {
    const params = { device: device!, id: id! }
    return showOne(
      terminal,
      options,
      await new Api(terminal, options).call(operations.cancelCommand, { params }),
    )
  })
}

async function sendOne(
  terminal: Terminal,
  options: SendOptions,
  device: string,
  command: string,
): Promise<number> {
  const { params, payload, form, integration, topic, script, qos, expires } = options
  const body: Draft = {
    command,
    ...(params !== undefined && { params: parsed(params) }),
    ...(payload !== undefined && { payload }),
    ...(form !== undefined && { form }),
    ...(integration !== undefined && { integration }),
    ...(topic !== undefined && { topic }),
    ...(script !== undefined && { script }),
    ...(qos !== undefined && { qos }),
    ...(expires !== undefined && { expiresInSeconds: expires }),
  }
  const api = new Api(terminal, options)
  return showOne(terminal, options, await api.call(operations.sendCommand, { params: { device }, body }))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw usageFailure(`--params is no JSON: ${error.message}.`, `Write it as '{"valve":3}'.`)
  }
}

async function listAll(terminal: Terminal, options: ListOptions, device: string): Promise<number> {
  const { items } = await new Api(terminal, options).call<z.output<typeof shape.commandsPage>>(
    operations.listCommands,
    { params: { device }, query: { limit: options.limit } },
  )
  if (options.json === true) {
    await printJson(terminal, items)
    return exitCode.ok
  }
  const rows = items.map(({ id, command, qos, state, createdAt, answer }) => [
    ...[id, command, String(qos), state, new Date(createdAt).toISOString(), answer ?? ''],
  ])
  await printTable(terminal, ['ID', 'COMMAND', 'QOS', 'STATE', 'MADE', 'ANSWER'], rows)
  return exitCode.ok
}

async function showOne(terminal: Terminal, options: ApiOptions, command: Shown): Promise<number> {
  if (options.json === true) await printJson(terminal, command)
  else {
    const { id, state, reason, topic, qos, answer } = command
    await printFacts(terminal, [
      ['id', id],
      ['command', command.command],
      ['state', reason === null ? state : `${state}: ${reason}`],
      ['topic', `${topic}, QoS ${qos}`],
      ['through', throughOf(command)],
      ['answer', answer ?? 'none'],
    ])
  }
  return exitCode.ok
}

function throughOf({ integration, throughBridge }: Shown): string {
  if (integration === null) return 'this hub'
  return throughBridge ? `${integration}, at its broker` : integration
}
