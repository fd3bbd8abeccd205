// `ackstone serve`: runs the hub until it is told to stop. Its flags are those of the one schema in config/.
import type { Command } from 'commander'
import { loadConfig, printConfig, type Flags } from '../config/load.ts'
import { options as configOptions } from '../config/schema.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import { exitCode } from './exit-code.ts'
import { interrupted, note, print } from './terminal.ts'

type ServeOptions = Record<string, string | boolean | undefined> & {
  printConfig?: boolean
  printSchema?: boolean
}

export function addServe(cli: Cli, parent: Command): void {
  const command = defineCommand(parent, 'serve', 'Run the hub: MQTT and the HTTP API.', [
    ['ackstone serve', 'MQTT on 127.0.0.1:1883, HTTP on 127.0.0.1:8080, data in ./data.'],
    ['ackstone serve --demo', 'The same, with measured data coming in to look at.'],
    ['ackstone serve --data-dir /var/lib/ackstone --mqtt-port 1884', 'Elsewhere.'],
    ['ackstone serve --print-config', 'Show every option, its value and where it was said; start nothing.'],
  ])
  addConfigOptions(command)
  command.option('--print-config', 'print the configuration with the origin of each value, and end')
  command.option('--print-schema', 'print the CQL that Cassandra needs with store: cassandra, and end')
  onRun<ServeOptions>(cli, command, (options) => serve(cli, options))
}

/** One flag for each option of the configuration that has one. Values stay text: the schema judges them. */
export function addConfigOptions(command: Command): void {
  command.option('--config <file>', 'configuration file (default: ackstone.yaml, if it is there)')
  for (const option of configOptions) {
    if (option.flag === undefined) continue
    const value = option.type === 'boolean' ? ' [boolean]' : ` <${option.type}>`
    command.option(`${option.flag}${value}`, describe(option.description, option.default))
  }
}

function describe(description: string, fallback: unknown): string {
  return fallback === undefined ? description : `${description} (default: ${String(fallback)})`
}

async function serve(cli: Cli, options: ServeOptions): Promise<number> {
  const { terminal } = cli
  const { printConfig: isPrintOnly, printSchema: isSchemaOnly, ...flags } = options
  const loaded = loadConfig({ flags: flags as Flags, environment: terminal.env })
  if (isPrintOnly === true) {
    await print(terminal, printConfig(loaded))
    return exitCode.ok
  }
  if (isSchemaOnly === true) {
    await print(terminal, (await cli.parts.schema())(loaded))
    return exitCode.ok
  }
  for (const warning of loaded.warnings) note(terminal, `Warning: ${warning}`)
  const startHub = await cli.parts.serve()
  const hub = await startHub(loaded)
  cli.isService = true
  if (loaded.values.demo) hub.demo.start()
  await interrupted(terminal)
  await hub.stop()
  // Told to stop, and stopped in order: that is success.
  return exitCode.ok
}
