// `ackstone version`: what runs here, for bug reports.
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { defineCommand, onRun, type Cli } from './command.ts'
import { exitCode } from './exit-code.ts'
import { printJson, printLine, type Terminal } from './terminal.ts'

/** The version in package.json, which stands two folders above this file, built or not. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

export function addVersion(cli: Cli, parent: Command): void {
  const command = defineCommand(parent, 'version', 'Print the versions of Ackstone and Node.', [
    ['ackstone version --json', 'For a bug report.'],
  ])
  command.option('--json', 'print them as JSON')
  onRun<{ json?: boolean }>(cli, command, ({ json }) => version(cli.terminal, json === true))
}

async function version(terminal: Terminal, isJson: boolean): Promise<number> {
  const versions = {
    ackstone: packageVersion(),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
  }
  if (isJson) await printJson(terminal, versions)
  else await printLine(terminal, `Ackstone ${versions.ackstone}, Node ${versions.node}, ${versions.platform}`)
  return exitCode.ok
}
