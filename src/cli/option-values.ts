// Values of options: read once, refused with a sentence when they can't be meant.
import { readFileSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import { usageFailure } from './exit-code.ts'
import { note, type Terminal } from './terminal.ts'
import { variable } from './variables.ts'

/** A parser for commander: a whole number within limits. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^-?\d+$/.test(text) && value >= min && value <= max) return value
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
  }
}

/** A parser for commander: seconds, with decimals. */
export function seconds(text: string): number {
  const value = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && value <= 31_536_000) return value
  throw new InvalidArgumentError('It must be a number of seconds, for example 2.5.')
}

/** A parser for commander: an option that may be given several times. */
export function collected(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text]
}

/** A parser for commander: one of some words. */
export function oneOf<T extends string>(...words: T[]): (text: string) => T {
  return (text) => {
    if ((words as string[]).includes(text)) return text as T
    throw new InvalidArgumentError(`It must be one of ${words.join(', ')}.`)
  }
}

/** "name=value", split at the first equals sign. */
export function splitPair(text: string, option: string): [name: string, value: string] {
  const at = text.indexOf('=')
  if (at < 1) throw usageFailure(`The value "${text}" of ${option} is not of the form name=value.`)
  return [text.slice(0, at), text.slice(at + 1)]
}

export function readTextFile(path: string, purpose: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw usageFailure(
      `The file ${path} for ${purpose} can’t be read: ${(error as Error).message}.`,
      'Check its name and its permissions.',
    )
  }
}

/** A secret from where other processes can't see it; from the command line only with a warning.
 *  The first of: the option, the file, the environment variables in order. */
export function secret(
  terminal: Terminal,
  given: { option: string; value: string | undefined; file: string | undefined; variables: string[] },
): string | undefined {
  if (given.value !== undefined) {
    const instead = `${given.option}-file`
    note(
      terminal,
      `Warning: what follows ${given.option} on the command line can be seen by others on this machine. ` +
        `Use ${instead} or ${given.variables[0]} instead.`,
    )
    return given.value
  }
  if (given.file !== undefined) return readTextFile(given.file, `${given.option}-file`).trim()
  return given.variables.map((name) => variable(terminal, name)).find((value) => value !== undefined)
}
