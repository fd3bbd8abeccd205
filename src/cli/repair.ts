// `ackstone repair`: rebuilds a damaged store from what is whole. The hub must be stopped.
import type { Command } from 'commander'
import { loadConfig, type Flags } from '../config/load.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import { confirm } from './confirm.ts'
import { exitCode } from './exit-code.ts'
import { note, printJson } from './terminal.ts'

interface RepairOptions {
  dataDir?: string
  config?: string
  yes?: boolean
  json?: boolean
}

export function addRepair(cli: Cli, parent: Command): void {
  const command = defineCommand(parent, 'repair', 'Rebuild a damaged store from what is whole in it.', [
    ['ackstone repair --data-dir /var/lib/ackstone', 'After the hub was stopped and the folder copied.'],
  ])
  command
    .option('--config <file>', 'configuration file (default: ackstone.yaml, if it is there)')
    .option('--data-dir <folder>', 'folder of the store (default: as the configuration says)')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print what was left out as JSON')
  onRun<RepairOptions>(cli, command, (options) => repair(cli, options))
}

async function repair(cli: Cli, { yes, json, ...flags }: RepairOptions): Promise<number> {
  const { terminal } = cli
  const { dataDir } = loadConfig({ flags: { ...flags } as Flags, environment: terminal.env }).values
  await confirm(terminal, yes === true, `Has ${dataDir} been copied, and shall it be repaired?`)
  const repairStore = await cli.parts.repair()
  const left = await repairStore(dataDir)
  if (json === true) await printJson(terminal, left)
  note(
    terminal,
    `The store in ${dataDir} is repaired. Left out because they were damaged: ${left.blocks} blocks of ` +
      `readings, ${left.journalEntries} journal entries.`,
  )
  return exitCode.ok
}
