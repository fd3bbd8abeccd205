// `ackstone check-config`: says whether the hub would start with this configuration, without starting it.
import type { Command } from 'commander'
import { loadConfig, printConfig, type Flags } from '../config/load.ts'
import { AckstoneError } from '../errors.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import { exitCode } from './exit-code.ts'
import { addConfigOptions } from './serve.ts'
import { note, print, printJson } from './terminal.ts'

type CheckOptions = Record<string, string | boolean | undefined> & { json?: boolean }

export function addCheckConfig(cli: Cli, parent: Command): void {
  const command = defineCommand(
    parent,
    'check-config',
    'Check the configuration without starting the hub; every problem is named.',
    [
      ['ackstone check-config', 'Check ackstone.yaml and the environment.'],
      ['ackstone check-config --config /etc/ackstone.yaml --json', 'Another file, answer as JSON.'],
    ],
  )
  addConfigOptions(command)
  command.option('--json', 'print the answer as JSON')
  onRun<CheckOptions>(cli, command, (options) => checkConfig(cli, options))
}

async function checkConfig({ terminal, parts }: Cli, options: CheckOptions): Promise<number> {
  const { json: isJson, ...flags } = options
  try {
    const loaded = loadConfig({ flags: flags as Flags, environment: terminal.env })
    const check = await parts.checkDeclared()
    check(loaded)
    if (isJson === true) {
      await printJson(terminal, { isValid: true, problems: [], warnings: loaded.warnings })
      return exitCode.ok
    }
    await print(terminal, printConfig(loaded))
    for (const warning of loaded.warnings) note(terminal, `Warning: ${warning}`)
    note(terminal, 'The configuration is valid.')
    return exitCode.ok
  } catch (error) {
    if (isJson !== true || !(error instanceof AckstoneError)) throw error
    const problems = error.fields.length > 0 ? error.fields : [{ pointer: '', detail: error.message }]
    await printJson(terminal, { isValid: false, problems, warnings: [] })
    return exitCode.badConfig
  }
}
