// Runs the commands of a page as a reader would: one shell for the page, block after block, against a hub
// of its own. Only addresses and ports are replaced.
import { spawn } from 'node:child_process'
import { delimiter, dirname } from 'node:path'
import { projectFolder } from './markdown.ts'

export interface HubAddress {
  mqttPort: number
  httpPort: number
  adminToken: string
}

export interface BlockResult {
  stdout: string
  stderr: string
  /** Exit status of the first command that failed, else 0. Blocks after one that failed are not run. */
  status: number
}

const sessionMsMax = 120_000
const outputLengthMax = 1024 * 1024
const marker = '--- end of block:'

/** The text of a command block with the hub's own ports, and curl failing on an HTTP error. */
export function withPorts(text: string, hub: HubAddress): string {
  return text
    .replaceAll('localhost:8080', `127.0.0.1:${hub.httpPort}`)
    .replace(/\bmosquitto_(pub|sub)\b/g, `mosquitto_$1 -h 127.0.0.1 -p ${hub.mqttPort}`)
    .replace(/\bcurl -s\b/g, 'curl -sS --fail-with-body --max-time 20')
}

/** Runs blocks in one shell. Resolves with a result for each block that ran, the failed one included. */
export async function runBlocks(texts: readonly string[], hub: HubAddress): Promise<BlockResult[]> {
  const script = [
    'set -euo pipefail',
    `mark() { printf '\\n${marker}%s\\n' "$1"; printf '\\n${marker}%s\\n' "$1" >&2; }`,
    `trap 'status=$?; [ $status = 0 ] || mark $status' EXIT`,
    ...texts.map((text) => `${withPorts(text, hub)}\nmark 0`),
  ].join('\n')
  const shell = spawn('bash', ['-c', script], {
    cwd: projectFolder,
    env: {
      ...process.env,
      // This Node comes first, as it does in npm's scripts: an older one would start it for each command.
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`,
      ACKSTONE_ADMIN_TOKEN: hub.adminToken,
      ACKSTONE_MQTT_PORT: String(hub.mqttPort),
      ACKSTONE_HTTP_PORT: String(hub.httpPort),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: sessionMsMax,
  })
  const printed = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    shell[name].setEncoding('utf8').on('data', (text: string) => {
      if (printed[name].length < outputLengthMax) printed[name] += text
    })
  }
  await new Promise((resolve, reject) => {
    shell.once('close', resolve)
    shell.once('error', reject)
  })
  const errors = atMarkers(printed.stderr)
  return atMarkers(printed.stdout).map(({ text, status }, i) => ({
    stdout: text,
    stderr: errors[i]?.text ?? '',
    status,
  }))
}

function atMarkers(output: string): { text: string; status: number }[] {
  const parts = output.matchAll(new RegExp(`([^]*?)\\n${marker}(\\d+)\\n`, 'g'))
  return [...parts].map(([, text, status]) => ({ text, status: Number(status) }))
}
