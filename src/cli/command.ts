// How a command is put together: options from commander, an action that gives the exit code, and examples
// that its help shows and docs/reference/cli.md repeats.
import { Command } from 'commander'
import type { LoadedConfig } from '../config/load.ts'
import type { Terminal } from './terminal.ts'

/** A hub that runs. */
export interface RunningHub {
  readonly demo: { start(): void }
  stop(): Promise<void>
}

export type StartHub = (config: LoadedConfig) => Promise<RunningHub>

/** Repairs the store in a folder; resolves with what had to be left out.
 *  @throws STORE_MISSING, STORE_LOCKED, and whatever the disk says. */
export type RepairStore = (folder: string) => Promise<{ blocks: number; journalEntries: number }>

/** How many there are of something on one side, and their checksum in hexadecimal. */
export interface MoveDigest {
  count: number
  checksum: string
}

export interface MoveOutcome {
  devices: number
  readings: number
  rejected: number
  state: number
  wasDone: boolean
  seriesVerified: number
  readingsVerified: number
  /** The first of them. */
  differences: { device: string; key: string; what: string; source: MoveDigest; target: MoveDigest }[]
  differencesCount: number
}

export interface MoveHooks {
  signal: AbortSignal
  onProgress(progress: { phase: string; readings: number; differences: number; share: number }): void
  /** Something is waited for: a full sentence. */
  onWait(sentence: string): void
}

/** Moves the store of one configuration into that of another; undefined when the signal has ended it.
 *  @throws MOVE_*, STORE_*, CLUSTER_* */
export type MoveStores = (
  from: LoadedConfig,
  to: LoadedConfig,
  hooks: MoveHooks,
) => Promise<MoveOutcome | undefined>

/** What the command line needs from the rest of the house; main.ts gives it. */
export interface Parts {
  /** Loads what starts the hub; only `serve` needs that much code. */
  serve: () => Promise<StartHub>
  /** Loads what looks at the declared integrations and certificates of a configuration. */
  checkDeclared: () => Promise<(config: LoadedConfig) => void>
  /** Loads what prints the schema for a cluster. */
  schema: () => Promise<(config: LoadedConfig) => string>
  /** Loads what repairs a store. */
  repair: () => Promise<RepairStore>
  /** Loads what moves a store. */
  migrate: () => Promise<MoveStores>
}

export interface Cli {
  readonly terminal: Terminal
  readonly parts: Parts
  exitCode: number
  /** It runs until it is told to stop: then that is its good end. */
  isService: boolean
}

/** One command line that works, and what it does. */
export type Example = readonly [line: string, meaning: string]

const examplesByCommand = new WeakMap<Command, readonly Example[]>()

export function examplesOf(command: Command): readonly Example[] {
  return examplesByCommand.get(command) ?? []
}

/** A command below `parent`; its help ends with the examples. */
export function defineCommand(
  parent: Command,
  usage: string,
  description: string,
  examples: readonly Example[],
): Command {
  const command = parent.command(usage).description(description)
  examplesByCommand.set(command, examples)
  const lines = examples.map(([line, meaning]) => `  $ ${line}\n      ${meaning}`)
  if (lines.length > 0) command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`)
  return command
}

/** What the command does; resolves with its exit code. */
export function onRun<Options extends object>(
  cli: Cli,
  command: Command,
  run: (options: Options, args: string[]) => Promise<number>,
): void {
  command.action(async () => {
    cli.exitCode = await run(command.opts<Options>(), command.args)
  })
}
