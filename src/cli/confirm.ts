// A question before something is taken away. Scripts answer it beforehand with --yes.
import { createInterface } from 'node:readline/promises'
import { exitCode, CommandFailure, usageFailure } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

/** Resolves when it is agreed to.
 *  @throws usage failure where nobody can be asked, failure when the answer is no. */
export async function confirm(terminal: Terminal, isAgreed: boolean, question: string): Promise<void> {
  if (isAgreed) return
  if (terminal.stdin.isTTY !== true) {
    throw usageFailure('Nobody is at a terminal to agree to this.', 'Add --yes when it is meant.')
  }
  const lines = createInterface({ input: terminal.stdin, output: terminal.stderr })
  const answer = await lines.question(`${question} [y/N] `, { signal: terminal.signal })
  lines.close()
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFailure(exitCode.failure, 'Nothing was changed.')
}
