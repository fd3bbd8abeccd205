// The command line as a whole: all commands, and how what goes wrong becomes a sentence and an exit code.
import { Command, CommanderError } from 'commander'
import { AckstoneError } from '../errors.ts'
import { addAccount, addBan, addProvisioning, addRole } from './account.ts'
import { addCheckConfig } from './check-config.ts'
import type { Cli, Parts } from './command.ts'
import { addDelivery } from './delivery.ts'
import { addDemo } from './demo.ts'
import { addDetect } from './detect.ts'
import { addDevice } from './device.ts'
import { addDoctor } from './doctor.ts'
import { CommandFailure, exitCode, exitCodeOf, signalExitCode, usageFailure } from './exit-code.ts'
import { addExport } from './export.ts'
import { addImport } from './import.ts'
import { addIntegration } from './integration.ts'
import { addMigrate } from './migrate.ts'
import { addAudit, addKey, addUser } from './people.ts'
import { addPub } from './pub.ts'
import { addRejected } from './rejected.ts'
import { addRepair } from './repair.ts'
import { addScript } from './script.ts'
import { addServe } from './serve.ts'
import { addSub } from './sub.ts'
import { interrupted, isInterrupted, note, type Terminal } from './terminal.ts'
import { explained } from './unreachable.ts'
import { addVersion, packageVersion } from './version.ts'

/** A command that was told to stop, and waits for somebody who doesn't answer, is left after this time. */
const goodbyeMs = 3000

/** Runs one command line, without the names of the program; resolves with the exit code. */
export async function run(args: readonly string[], terminal: Terminal, parts: Parts): Promise<number> {
  const cli: Cli = { terminal, parts, exitCode: exitCode.ok, isService: false }
  const program = createProgram(cli)
  try {
    await Promise.race([program.parseAsync(args, { from: 'user' }), toldToStop(cli)])
    return isCutShort(cli) ? signalExitCode(terminal.signal.reason as NodeJS.Signals) : cli.exitCode
  } catch (error) {
    if (isCutShort(cli)) return signalExitCode(terminal.signal.reason as NodeJS.Signals)
    return report(terminal, error instanceof CommanderError ? misuse(program, args, error) : error, args)
  }
}

/** Resolves when a command that was told to stop has had its time to say goodbye. A service takes its own. */
async function toldToStop(cli: Cli): Promise<void> {
  await interrupted(cli.terminal)
  const grace = Promise.withResolvers<void>()
  if (!cli.isService) setTimeout(grace.resolve, goodbyeMs).unref()
  await grace.promise
}

function isCutShort({ terminal, isService }: Cli): boolean {
  return isInterrupted(terminal) && !isService
}

/** Every command with its options. */
export function createProgram(cli: Cli): Command {
  const { terminal } = cli
  const program = new Command('ackstone')
    .description('An MQTT telemetry hub in which an acknowledgement means the reading is stored.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      // What is wrong is said once, by `report`.
      outputError: () => undefined,
      getOutHelpWidth: () => terminal.stdout.columns ?? 100,
      getErrHelpWidth: () => terminal.stderr.columns ?? 100,
    })
  addServe(cli, program)
  addDemo(cli, program)
  addPub(cli, program)
  addSub(cli, program)
  addDoctor(cli, program)
  addDetect(cli, program)
  addIntegration(cli, program)
  addScript(cli, program)
  addDevice(cli, program)
  addAccount(cli, program)
  addRole(cli, program)
  addProvisioning(cli, program)
  addBan(cli, program)
  addUser(cli, program)
  addKey(cli, program)
  addAudit(cli, program)
  addRejected(cli, program)
  addDelivery(cli, program)
  addExport(cli, program)
  addImport(cli, program)
  addCheckConfig(cli, program)
  addRepair(cli, program)
  addMigrate(cli, program)
  addVersion(cli, program)
  return program
}

/** What the parser found wrong, in the words of all other failures; or an exit code, when it was asked for help and
 *  has given it. */
function misuse(program: Command, args: readonly string[], error: CommanderError): CommandFailure | number {
  const isAsked = error.code === 'commander.helpDisplayed' || error.code === 'commander.version'
  if (isAsked || (error.code === 'commander.help' && error.exitCode === 0)) return exitCode.ok
  if (error.code === 'commander.help') return exitCode.usage
  const [fault = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
  const sentence = `${fault.charAt(0).toUpperCase()}${fault.slice(1).replace(/\.?$/, '.')}`
  const help = `\`${commandNamed(program, args)} --help\` shows what there is.`
  return usageFailure(sentence, suggestion === undefined ? help : `${suggestion.slice(1, -1)} ${help}`)
}

/** The command that a command line means, with the names of those above it. */
function commandNamed(program: Command, args: readonly string[]): string {
  let command = program
  const names = [program.name()]
  for (const word of args) {
    const next = command.commands.find((known) => known.name() === word)
    if (next === undefined) break
    command = next
    names.push(word)
  }
  return names.join(' ')
}

function report(terminal: Terminal, error: unknown, args: readonly string[]): number {
  if (typeof error === 'number') return error
  if (!(error instanceof CommandFailure || error instanceof AckstoneError)) {
    note(terminal, `This is a fault in Ackstone: ${error instanceof Error ? error.stack : String(error)}`)
    return exitCode.failure
  }
  const code = exitCodeOf(error)
  const isOfClient = error instanceof AckstoneError && error.code.startsWith('CONNECT_')
  const { sentence, hint } = isOfClient ? explained(error) : { sentence: error.message, hint: error.hint }
  if (args.includes('--json')) {
    const name = error instanceof AckstoneError ? error.code : undefined
    note(terminal, JSON.stringify({ error: sentence, hint, code: name, exitCode: code }))
    return code
  }
  note(terminal, sentence)
  if (hint !== undefined) note(terminal, hint)
  return code
}
