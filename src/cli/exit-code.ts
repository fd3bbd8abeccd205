// What a command says to the shell. docs/reference/cli.md lists the same numbers.
import { constants } from 'node:os'
import { AckstoneError, type ErrorCode } from '../errors.ts'

export const exitCode = {
  ok: 0,
  failure: 1,
  usage: 2,
  cannotConnect: 3,
  refused: 4,
  notAcknowledged: 5,
  partlyDone: 6,
  badConfig: 78,
} as const

/** A command can't do what it was asked: the sentence says what happened and where, the hint what to do. */
export class CommandFailure extends Error {
  override name = 'CommandFailure'
  readonly exitCode: number
  readonly hint: string | undefined

  constructor(code: number, sentence: string, hint?: string, cause?: unknown) {
    super(sentence, cause === undefined ? undefined : { cause })
    this.exitCode = code
    this.hint = hint
  }
}

/** The command line itself is wrong. */
export function usageFailure(sentence: string, hint?: string): CommandFailure {
  return new CommandFailure(exitCode.usage, sentence, hint)
}

const codes: Partial<Record<ErrorCode, number>> = {
  URL_INVALID: exitCode.usage,
  TOPIC_INVALID: exitCode.usage,
  TLS_INVALID: exitCode.badConfig,
  CONNECT_FAILED: exitCode.cannotConnect,
  CONNECT_REFUSED: exitCode.refused,
  CONNECTION_LOST: exitCode.notAcknowledged,
  CLIENT_ENDED: exitCode.notAcknowledged,
  SESSION_LOST: exitCode.notAcknowledged,
}

export function exitCodeOf(error: CommandFailure | AckstoneError): number {
  if (error instanceof CommandFailure) return error.exitCode
  return codes[error.code] ?? (error.code.startsWith('CONFIG_') ? exitCode.badConfig : exitCode.failure)
}

/** 128 + the number of the signal, as shells do it. */
export function signalExitCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}
