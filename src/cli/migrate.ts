// `ackstone migrate`: moves everything a hub has stored from one engine or folder into another. The hub must be
// stopped. It may be ended at any moment and started again.
import type { Command } from 'commander'
import { loadConfig, type LoadedConfig } from '../config/load.ts'
import { AckstoneError } from '../errors.ts'
import { defineCommand, onRun, type Cli, type MoveOutcome } from './command.ts'
import { CommandFailure, exitCode, signalExitCode, usageFailure } from './exit-code.ts'
import { oneOf } from './option-values.ts'
import { Progress } from './progress.ts'
import { note, printJson, type Terminal } from './terminal.ts'

type Engine = 'leveldb' | 'cassandra'

interface MigrateOptions {
  from: Engine
  to: Engine
  fromDataDir?: string
  toDataDir?: string
  config?: string
  json?: boolean
}

/** Differences that are named in words. */
const namedMax = 20

export function addMigrate(cli: Cli, parent: Command): void {
  const command = defineCommand(parent, 'migrate', 'Move everything stored into another engine or folder.', [
    ['ackstone migrate --from leveldb --to cassandra', 'Into the cluster that ackstone.yaml names.'],
    [
      'ackstone migrate --from cassandra --to leveldb --to-data-dir /var/lib/ackstone',
      'The other way round, into a new folder.',
    ],
    [
      'ackstone migrate --from leveldb --to leveldb --from-data-dir ./data --to-data-dir ./moved',
      'Into another folder, on another disk perhaps.',
    ],
  ])
  const engine = oneOf('leveldb', 'cassandra')
  command
    .requiredOption('--from <engine>', 'engine that has it: leveldb or cassandra', engine)
    .requiredOption('--to <engine>', 'engine that shall have it: leveldb or cassandra', engine)
    .option('--config <file>', 'configuration file (default: ackstone.yaml, if it is there)')
    .option('--from-data-dir <folder>', 'data folder of the source (default: as the configuration says)')
    .option('--to-data-dir <folder>', 'data folder of the target (default: as the configuration says)')
    .option('--json', 'print what was moved as JSON')
  onRun<MigrateOptions>(cli, command, (options) => migrate(cli, options))
}

async function migrate(cli: Cli, options: MigrateOptions): Promise<number> {
  const { terminal } = cli
  const isJson = options.json === true
  if (options.from === 'cassandra' && options.to === 'cassandra') {
    throw usageFailure('The configuration names one cluster, so nothing can be moved from one to another.')
  }
  const from = endOf(terminal, options, options.from, options.fromDataDir)
  const to = endOf(terminal, options, options.to, options.toDataDir)
  const moveStores = await cli.parts.migrate()
  let now = { phase: 'opening', readings: 0, differences: 0, share: 0 }
  // Lines for whoever reads a log; a person has the bar.
  const isBar = terminal.stderr.isTTY === true && !isJson
  const progress = new Progress(terminal, !isBar, () => {
    const { phase, readings, differences, share } = now
    return {
      unit: 'readings',
      count: readings,
      bad: differences,
      bytes: undefined,
      bytesTotal: undefined,
      share,
      phase,
    }
  })
  let outcome: MoveOutcome | undefined
  try {
    outcome = await moveStores(from, to, {
      signal: terminal.signal,
      onProgress: (progressNow) => void (now = { ...progressNow }),
      onWait: (sentence) => note(terminal, isJson ? JSON.stringify({ waiting: sentence }) : sentence),
    })
  } catch (error) {
    if (!(error instanceof AckstoneError) || now.readings === 0) throw error
    throw new CommandFailure(
      exitCode.partlyDone,
      `${error.message} ${now.readings} readings were ${now.phase === 'copying' ? 'copied' : 'verified'} before.`,
      `Run the same command again when this is put right: it goes on from there. ${error.hint}`,
      error,
    )
  } finally {
    progress.end()
  }
  if (outcome === undefined) return signalExitCode(terminal.signal.reason as NodeJS.Signals)
  if (isJson) await printJson(terminal, { ...outcome, isVerified: outcome.differencesCount === 0 })
  else say(terminal, outcome)
  return outcome.differencesCount === 0 ? exitCode.ok : exitCode.partlyDone
}

function endOf(
  { env }: Terminal,
  { config }: MigrateOptions,
  store: Engine,
  dataDir: string | undefined,
): LoadedConfig {
  return loadConfig({ flags: { store, dataDir, config }, environment: env })
}

function say(terminal: Terminal, outcome: MoveOutcome): void {
  const { devices, readings, rejected, state, differences, differencesCount } = outcome
  if (outcome.wasDone) note(terminal, 'Everything has been moved and verified before; nothing was done now.')
  const moved = `${readings} readings of ${devices} devices, ${rejected} rejected messages and ${state} entries`
  note(terminal, `${moved} of sessions, queues, retained messages and settings are moved.`)
  if (differencesCount === 0) {
    const { seriesVerified, readingsVerified } = outcome
    note(
      terminal,
      `Verified: ${seriesVerified} series with ${readingsVerified} readings have the same count and checksum ` +
        'on both sides.',
    )
    return
  }
  for (const { device, key, what, source, target } of differences.slice(0, namedMax)) {
    const name = [what, device, key].filter((part) => part !== '').join(' ')
    note(
      terminal,
      `Different: ${name}: ${source.count} (${source.checksum}) in the source, ` +
        `${target.count} (${target.checksum}) in the target.`,
    )
  }
  note(
    terminal,
    `${differencesCount} differences were found. Run the same command again: it copies everything once more. ` +
      'Don’t start a hub on either side meanwhile.',
  )
}
