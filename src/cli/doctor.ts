// `ackstone doctor URL`: is there a broker, does it let us in, what does it grant, what comes? The same steps as
// the test of a bridge in the portal, from this machine and without a hub.
import { randomInt } from 'node:crypto'
import type { Command } from 'commander'
import { examineBroker, type Examination, type ExaminationStep } from '../client/examination.ts'
import type { ClientOptions } from '../client/options.ts'
import { parseMqttUrl } from '../client/url.ts'
import { systemClock } from '../lib/clock.ts'
import type { PacketQos } from '../mqtt/packet.ts'
import { isTopicFilter } from '../mqtt/topic.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import { exitCode, usageFailure } from './exit-code.ts'
import { qosValue } from './mqtt-options.ts'
import { collected, oneOf, readTextFile, secret, wholeNumber } from './option-values.ts'
import { print, printJson, type Terminal } from './terminal.ts'
import { hintWithOptions } from './unreachable.ts'

interface DoctorOptions {
  topic?: string[]
  qos: PacketQos
  listen: number
  username?: string
  pw?: string
  pwFile?: string
  cafile?: string
  cert?: string
  key?: string
  insecure?: boolean
  protocolVersion?: '5' | '4'
  json?: boolean
}

export function addDoctor(cli: Cli, parent: Command): void {
  const command = defineCommand(parent, 'doctor <url>', 'Try another broker step by step, saving nothing.', [
    ['ackstone doctor mqtts://broker.example:8883', 'Name, port, certificate, and whether it lets us in.'],
    [
      `ackstone doctor mqtt://10.1.0.4 -t 'plant/+/telemetry' -q 1 --listen 10`,
      'What it grants for a filter, and what comes within ten seconds.',
    ],
  ])
    .option('-t, --topic <filter>', 'topic filter to subscribe to; may be given several times', collected)
    .option('-q, --qos <qos>', 'Quality of Service to ask for', qosValue, 1)
    .option('--listen <seconds>', 'listen for so long after subscribing, 30 at most', wholeNumber(0, 30), 5)
    .option('-u, --username <name>', 'user name')
    .option('-P, --pw <password>', 'password; others on this machine can see it, so rather use the next')
    .option('--pw-file <file>', 'file that holds the password (or set ACKSTONE_MQTT_PASSWORD)')
    .option('--cafile <file>', 'authorities that may have signed its certificate, PEM')
    .option('--cert <file>', 'our certificate, PEM; needs --key')
    .option('--key <file>', 'its private key, PEM')
    .option('--insecure', 'go on whatever certificate it shows')
    .option('-V, --protocol-version <version>', '5 or 4 (default: found out)', oneOf('5', '4'))
    .option('--json', 'print what was found as JSON')
  onRun<DoctorOptions>(cli, command, (options, [url]) => doctor(cli.terminal, options, url!))
}

async function doctor(terminal: Terminal, options: DoctorOptions, url: string): Promise<number> {
  const filters = options.topic ?? []
  const wrong = filters.find((filter) => !isTopicFilter(filter))
  if (wrong !== undefined)
    throw usageFailure(`"${wrong}" is no topic filter.`, 'For example: plant/+/telemetry')
  const found = await examineBroker({
    client: clientOf(terminal, options, url),
    topics: filters.map((filter) => ({ filter, qos: options.qos })),
    listenSeconds: filters.length === 0 ? 0 : options.listen,
    clock: systemClock,
    random: (below) => randomInt(below),
  })
  if (options.json === true) await printJson(terminal, found)
  else await print(terminal, report(found))
  return exitCodeFor(found)
}

function clientOf(terminal: Terminal, options: DoctorOptions, url: string): ClientOptions {
  const { transport } = parseMqttUrl(url)
  const { username, cafile, cert, key, protocolVersion } = options
  const password = secret(terminal, {
    option: '--pw',
    value: options.pw,
    file: options.pwFile,
    variables: ['ACKSTONE_MQTT_PASSWORD'],
  })
  if ((cert === undefined) !== (key === undefined)) {
    throw usageFailure('A certificate and its key are given together.', 'Give both --cert and --key.')
  }
  const tls = {
    ...(cafile !== undefined && { ca: readTextFile(cafile, '--cafile') }),
    ...(cert !== undefined && { cert: readTextFile(cert, '--cert') }),
    ...(key !== undefined && { key: readTextFile(key, '--key') }),
    isInsecure: options.insecure === true,
  }
  return {
    url,
    ...((transport === 'tls' || transport === 'wss') && { tls }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    protocolVersion: protocolVersion === undefined ? 'auto' : protocolVersion === '5' ? 5 : 4,
    cleanStart: false,
    sessionExpiryInterval: 604_800,
  }
}

const marks: Readonly<Record<ExaminationStep['status'], string>> = {
  ok: 'ok     ',
  warning: 'warning',
  failed: 'FAILED ',
  skipped: 'skipped',
}

function report({ steps, listening }: Examination): string {
  const lines = steps.flatMap(({ step, status, ms, sentence, hint }) => {
    const line = `${marks[status]}  ${step.padEnd(9)}  ${String(ms).padStart(5)} ms  ${plain(sentence)}`
    return hint === null ? [line] : [line, `${' '.repeat(30)}${plain(hintWithOptions(hint))}`]
  })
  for (const { topic, qos, retained, payload, payloadBase64, isCut } of listening?.samples ?? []) {
    const body = payload ?? `(base64) ${payloadBase64}`
    lines.push(plain(`  ${topic} QoS ${qos}${retained ? ' retained' : ''}: ${body}${isCut ? '…' : ''}`))
  }
  return `${lines.join('\n')}\n`
}

/** What a broker sends must not steer the terminal. */
function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
}

function exitCodeFor({ steps }: Examination): number {
  const failed = steps.find(({ status }) => status === 'failed')
  if (failed === undefined) return exitCode.ok
  if (failed.step === 'subscribe') return exitCode.refused
  if (failed.step === 'listen') return exitCode.failure
  return failed.isRefused === true ? exitCode.refused : exitCode.cannotConnect
}
