// `ackstone script …`: JavaScript of the user's own that reads payloads, kept with its versions and tried on samples.
import type { Command } from 'commander'
import type { z } from 'zod'
import { operations } from '../api/contract.ts'
import type * as shape from '../api/script-shapes.ts'
import { Api, addApiOptions, type ApiOptions } from './api-client.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import { confirm } from './confirm.ts'
import { exitCode, usageFailure } from './exit-code.ts'
import { collected, readTextFile } from './option-values.ts'
import { printFacts, printTable } from './table.ts'
import { note, print, printJson, printLine, type Terminal } from './terminal.ts'

type Script = z.output<typeof shape.script>
type Result = z.output<typeof shape.scriptTestResult>

interface ShowOptions extends ApiOptions {
  source?: boolean
}

interface WriteOptions extends ApiOptions {
  name?: string
}

interface TestOptions extends ApiOptions {
  sample?: string[]
  hex?: string[]
  topic?: string
  device?: string
  fPort?: string
}

export function addScript(cli: Cli, parent: Command): void {
  const { terminal } = cli
  const group = defineCommand(parent, 'script', 'Scripts that read payloads.', [])
  const list = addApiOptions(
    defineCommand(group, 'list', 'List all scripts, with what became of their calls.', [
      ['ackstone script list', 'Name, version, who uses it, runs and failures.'],
    ]),
  )
  onRun<ApiOptions>(cli, list, (options) => listScripts(terminal, options))

  const show = addApiOptions(
    defineCommand(group, 'show <script>', 'Show one script, by its id.', [
      ['ackstone script show thermometer --source', 'Its source alone, to keep in a file.'],
    ]),
  ).option('--source', 'print the source and nothing else')
  onRun<ShowOptions>(cli, show, (options, [id]) => showScript(terminal, options, id!))

  const add = addApiOptions(
    defineCommand(group, 'add <file>', 'Keep a script, once it has been read without a fault.', [
      ['ackstone script add thermometer.js --name Thermometer', 'Integrations name it by its id.'],
    ]),
  ).requiredOption('--name <name>', 'its name')
  onRun<WriteOptions>(cli, add, (options, [file]) => addOne(terminal, options, file!))

  const update = addApiOptions(
    defineCommand(group, 'update <script> <file>', 'Make another version; integrations use it at once.', [
      ['ackstone script update thermometer thermometer.js', 'The version before is kept.'],
    ]),
  ).option('--name <name>', 'another name')
  onRun<WriteOptions>(cli, update, (options, [id, file]) => updateOne(terminal, options, id!, file!))

  const remove = addApiOptions(
    defineCommand(group, 'remove <script>', 'Remove a script that no integration uses.', [
      ['ackstone script remove thermometer --yes', 'Without being asked.'],
    ]),
  ).option('-y, --yes', 'do not ask')
  onRun<ApiOptions & { yes?: boolean }>(cli, remove, (options, [id]) => removeOne(terminal, options, id!))

  const test = addApiOptions(
    defineCommand(group, 'test <file>', 'Run a script on samples; nothing is kept.', [
      [`ackstone script test thermometer.js --sample '{"t":21.5}'`, 'A sample that is text.'],
      ['ackstone script test thermometer.js --hex 0866 --f-port 2', 'A sample of a LoRaWAN device.'],
    ]),
  )
    .option('--sample <payload>', 'a payload as text; may be given several times', collected)
    .option('--hex <bytes>', 'a payload as hexadecimal digits; may be given several times', collected)
    .option('--topic <topic>', 'the topic it came to (default: sample)')
    .option('--device <device>', 'the device of the topic or the login (default: d1)')
    .option('--f-port <port>', 'what the script gets as fPort (default: 1)')
  onRun<TestOptions>(cli, test, (options, [file]) => testOne(terminal, options, file!))
}

async function listScripts(terminal: Terminal, options: ApiOptions): Promise<number> {
  const { items } = await new Api(terminal, options).call<z.output<typeof shape.scripts>>(
    operations.listScripts,
    {},
  )
  if (options.json === true) {
    await printJson(terminal, items)
    return exitCode.ok
  }
  const rows = items.map(({ id, name, version, usedBy, figures }) => [
    ...[id, name, String(version), usedBy.join(', '), String(figures.runs)],
    String(Object.values(figures.failures).reduce((sum, count) => sum + count, 0)),
  ])
  await printTable(terminal, ['ID', 'NAME', 'VERSION', 'USED BY', 'RUNS', 'FAILURES'], rows)
  return exitCode.ok
}

async function showScript(terminal: Terminal, options: ShowOptions, id: string): Promise<number> {
  const script = await new Api(terminal, options).call<Script>(operations.getScript, { params: { id } })
  if (options.json === true) await printJson(terminal, script)
  else if (options.source === true) await print(terminal, script.source)
  else {
    const { name, version, createdAt, author, usedBy, figures } = script
    await printFacts(terminal, [
      ['id', id],
      ['name', name],
      ['version', `${version}, made ${createdAt}${author === null ? '' : ` by ${author}`}`],
      ['used by', usedBy.join(', ') || 'nobody'],
      ['runs', String(figures.runs)],
      [
        'failures',
        Object.entries(figures.failures)
          .map((each) => each.join(' '))
          .join(', ') || 'none',
      ],
      ['processor ms', `median ${figures.cpuMs.p50 ?? '–'}, 99 % within ${figures.cpuMs.p99 ?? '–'}`],
    ])
  }
  return exitCode.ok
}

async function addOne(terminal: Terminal, options: WriteOptions, file: string): Promise<number> {
  const body = { name: options.name, source: readTextFile(file, 'the script') }
  const script = await new Api(terminal, options).call<Script>(operations.createScript, { body })
  return said(terminal, options, script)
}

async function updateOne(
  terminal: Terminal,
  options: WriteOptions,
  id: string,
  file: string,
): Promise<number> {
  const api = new Api(terminal, options)
  const before = await api.call<Script>(operations.getScript, { params: { id } })
  const body = { name: options.name ?? before.name, source: readTextFile(file, 'the script') }
  return said(terminal, options, await api.call<Script>(operations.replaceScript, { params: { id }, body }))
}

async function said(terminal: Terminal, options: ApiOptions, script: Script): Promise<number> {
  if (options.json === true) await printJson(terminal, script)
  else await printLine(terminal, `${script.id} version ${script.version}`)
  return exitCode.ok
}

async function removeOne(
  terminal: Terminal,
  options: ApiOptions & { yes?: boolean },
  id: string,
): Promise<number> {
  await confirm(terminal, options.yes === true, `Remove the script ${id} with its versions?`)
  await new Api(terminal, options).call(operations.removeScript, { params: { id } })
  if (options.json !== true) note(terminal, `The script ${id} is removed.`)
  return exitCode.ok
}

async function testOne(terminal: Terminal, options: TestOptions, file: string): Promise<number> {
  const { topic, device = 'd1', fPort } = options
  const place = { ...(topic !== undefined && { topic }), device }
  const texts = (options.sample ?? []).map((payload) => ({ ...place, payload }))
  const bytes = (options.hex ?? []).map((hex) => ({ ...place, payloadBase64: base64Of(hex) }))
  const samples = [...texts, ...bytes]
  if (samples.length === 0) throw usageFailure('There is no sample.', 'Give --sample or --hex.')
  const source = readTextFile(file, 'the script')
  const body = { source, samples, ...(fPort !== undefined && { fPort: Number(fPort) }) }
  const result = await new Api(terminal, options).call<Result>(operations.testScript, { body })
  const isGood = result.samples.every(({ error }) => error === null)
  if (options.json === true) await printJson(terminal, result)
  else for (const sample of result.samples) await printSample(terminal, sample)
  return isGood ? exitCode.ok : exitCode.partlyDone
}

async function printSample(terminal: Terminal, sample: Result['samples'][number]): Promise<void> {
  for (const line of sample.console) await printLine(terminal, `console: ${line}`)
  for (const warning of sample.warnings) await printLine(terminal, `warning: ${warning}`)
  if (sample.error !== null) await printLine(terminal, `${sample.error.code}: ${sample.error.reason}`)
  const rows = sample.readings.map(({ device, key, ts, value }) => [
    ...[device, key, ts === null ? 'as received' : String(ts), JSON.stringify(value)],
  ])
  if (rows.length > 0) await printTable(terminal, ['DEVICE', 'KEY', 'TIME', 'VALUE'], rows)
}

function base64Of(hex: string): string {
  if (!/^([0-9a-f]{2})*$/i.test(hex)) {
    throw usageFailure(`"${hex}" is not hexadecimal.`, 'Write two digits for each byte, such as 0866.')
  }
  return Buffer.from(hex, 'hex').toString('base64')
}
