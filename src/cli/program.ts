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
import { CommandFailure, exitCode, exitCodeOf, signalExitCode } from './exit-code.ts'
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
import { addVersion, packageVersion } from './version.ts'

/** A command that was told to stop, and waits for somebody who doesn't answer, is left after this time. */
const goodbyeMs = 3000

/** Runs one command line, without the names of the program; resolves with the exit code. */
export async function run(args: readonly string[], terminal: Terminal, parts: Parts): Promise<number> {
  const cli: Cli = { terminal, parts, exitCode: exitCode.ok, isService: false }
  try {
    await Promise.race([createProgram(cli).parseAsync(args, { from: 'user' }), toldToStop(cli)])
    return isCutShort(cli) ? signalExitCode(terminal.signal.reason as NodeJS.Signals) : cli.exitCode
  } catch (error) {
    if (isCutShort(cli)) return signalExitCode(terminal.signal.reason as NodeJS.Signals)
    return report(terminal, error, args.includes('--json'))
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
    .showHelpAfterError('(ackstone help shows what there is.)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
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

function report(terminal: Terminal, error: unknown, isJson: boolean): number {
  if (error instanceof CommanderError) {
    const isAsked = error.code === 'commander.helpDisplayed' || error.code === 'commander.version'
    return isAsked || (error.code === 'commander.help' && error.exitCode === 0) ? exitCode.ok : exitCode.usage
  }
  if (!(error instanceof CommandFailure || error instanceof AckstoneError)) {
    note(terminal, `This is a fault in Ackstone: ${error instanceof Error ? error.stack : String(error)}`)
    return exitCode.failure
  }
  const code = exitCodeOf(error)
  if (isJson) {
    const name = error instanceof AckstoneError ? error.code : undefined
    note(terminal, JSON.stringify({ error: error.message, hint: error.hint, code: name, exitCode: code }))
    return code
  }
  note(terminal, error.message)
  if (error.hint !== undefined) note(terminal, error.hint)
  return code
}
