// How a failed test is shown: where it stands, what it promised, and the first lines of why not.
import { inspect } from 'node:util'

const stackLinesMax = 30

export function describeFailure(file: string, line: number | undefined, name: string, error: Error): string {
  const cause = error.cause ?? error
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause)
  const lines = text.split('\n').filter((entry) => !entry.includes('node:internal'))
  const shown = lines.slice(0, stackLinesMax).map((entry) => `    ${entry}`)
  return `FAIL  ${file}:${line ?? 0}  ${name}\n${shown.join('\n')}`
}
