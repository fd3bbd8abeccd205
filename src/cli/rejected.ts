// `ackstone rejected …`: messages that no converter could read. They are kept, and can be read again when
// the converter or the integration has been put right.
import type { Command } from 'commander'
import type { z } from 'zod'
import { operations } from '../api/contract.ts'
import type * as shape from '../api/shapes.ts'
import { Api, ApiRefusal, addApiOptions, readPages, type ApiOptions } from './api-client.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import { exitCode, usageFailure } from './exit-code.ts'
import { wholeNumber } from './option-values.ts'
import { printTable } from './table.ts'
import { isInterrupted, note, printJson, type Terminal } from './terminal.ts'

type RejectedPage = z.output<typeof shape.rejectedPage>
type RejectedMessage = RejectedPage['items'][number]

interface ListOptions extends ApiOptions {
  integration?: string
  limit: number
}

interface RetryOptions extends ListOptions {
  all?: boolean
}

const pageLimit = 1000

export function addRejected(cli: Cli, parent: Command): void {
  const group = defineCommand(parent, 'rejected', 'Messages that could not be read, and why.', [])
  const list = addListOptions(
    defineCommand(group, 'list', 'List them, newest first.', [
      ['ackstone rejected list --limit 20', 'The newest twenty with their reasons.'],
    ]),
  )
  onRun<ListOptions>(cli, list, (options) => listRejected(cli.terminal, options))

  const retry = addListOptions(
    defineCommand(group, 'retry [ids...]', 'Read them again; what is stored leaves the list.', [
      ['ackstone rejected retry --all', 'After the converter has been put right.'],
    ]),
  ).option('--all', 'all that `rejected list` shows with the same options')
  onRun<RetryOptions>(cli, retry, (options, ids) => retryRejected(cli.terminal, options, ids))
}

function addListOptions(command: Command): Command {
  return addApiOptions(command)
    .option('--integration <id>', 'only those of one integration')
    .option('--limit <count>', 'messages at most', wholeNumber(1, 10_000_000), 1000)
}

function readRejected(api: Api, options: ListOptions): Promise<RejectedMessage[]> {
  return readPages(options.limit, pageLimit, (limit, cursor) =>
    api.call<RejectedPage>(operations.listRejected, {
      query: { integration: options.integration, limit, cursor },
    }),
  )
}

async function listRejected(terminal: Terminal, options: ListOptions): Promise<number> {
  const items = await readRejected(new Api(terminal, options), options)
  if (options.json === true) {
    await printJson(terminal, items)
    return exitCode.ok
  }
  const rows = items.map((item) => [item.id, item.receivedAt, item.topic, item.code, item.reason])
  await printTable(terminal, ['ID', 'RECEIVED', 'TOPIC', 'CODE', 'REASON'], rows)
  return exitCode.ok
}

async function retryRejected(terminal: Terminal, options: RetryOptions, given: string[]): Promise<number> {
  if (given.length > 0 === (options.all === true)) {
    throw usageFailure('It is not said what to read again.', 'Give the ids of messages, or --all.')
  }
  const api = new Api(terminal, options)
  const ids = options.all === true ? (await readRejected(api, options)).map(({ id }) => id) : given
  let stored = 0
  const failed: { id: string; reason: string }[] = []
  for (const id of ids) {
    if (isInterrupted(terminal)) break
    try {
      await api.call(operations.retryRejected, { params: { id } })
      stored++
    } catch (error) {
      // One that still can't be read does not keep the others waiting; a hub that is away does.
      if (!(error instanceof ApiRefusal) || ![404, 409, 422].includes(error.status)) throw error
      failed.push({ id, reason: error.problem.detail ?? error.message })
    }
  }
  if (options.json === true) await printJson(terminal, { stored, failed })
  else {
    for (const { id, reason } of failed) note(terminal, `${id}: ${reason}`)
    note(terminal, `${stored} of ${ids.length} messages are stored now.`)
  }
  if (failed.length === 0) return exitCode.ok
  return stored > 0 ? exitCode.partlyDone : exitCode.failure
}
