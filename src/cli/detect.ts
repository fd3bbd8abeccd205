// `ackstone detect`: which converter reads what devices publish. Samples come from the command line, or from
// `ackstone sub` through a pipe; the hub scores them and says why. Nothing is saved.
import type { Command } from 'commander'
import type { z } from 'zod'
import { operations } from '../api/contract.ts'
import type * as shape from '../api/converter-shapes.ts'
import { Api, addApiOptions, type ApiOptions } from './api-client.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import { exitCode, usageFailure } from './exit-code.ts'
import { collected } from './option-values.ts'
import { printTable } from './table.ts'
import { note, printJson, printLine, readAll, type Terminal } from './terminal.ts'

type Samples = z.input<typeof shape.converterSamples>
type Sample = Samples['samples'][number]
type Candidate = z.output<typeof shape.converterCandidate>

interface DetectOptions extends ApiOptions {
  hex?: string
  filter?: string[]
}

/** As many as the hub takes; it looks at the first of them. */
const samplesMax = 100

export function addDetect(cli: Cli, parent: Command): void {
  const command = addApiOptions(
    defineCommand(parent, 'detect [topic] [payload]', 'Propose a converter for messages; nothing is saved.', [
      [
        'ackstone detect < seen.jsonl',
        'What ackstone sub --json has written; lines of sub -v will do as well.',
      ],
      [`ackstone detect tele/plug/SENSOR '{"ENERGY":{"Power":5}}'`, 'One message.'],
      [
        `ackstone detect plant/p1/data '{"bar":2.5}' --filter 'plant/{device}/data' --json`,
        'With a filter that names the device: the scores count it.',
      ],
    ]),
  )
    .option('--hex <bytes>', 'the payload as hexadecimal digits')
    .option('--filter <filter>', 'topic filter that will take them; may be given several times', collected)
  onRun<DetectOptions>(cli, command, (options, [topic, payload]) =>
    detect(cli.terminal, options, topic, payload),
  )
}

async function detect(
  terminal: Terminal,
  options: DetectOptions,
  topic: string | undefined,
  payload: string | undefined,
): Promise<number> {
  const samples =
    topic === undefined
      ? samplesIn((await readAll(terminal)).toString())
      : [{ topic, ...payloadOf(payload, options.hex) }]
  if (samples.length === 0) {
    throw usageFailure('There is no sample.', 'Give a topic and a payload, or pipe "ackstone sub --json" in.')
  }
  const { filter: filters } = options
  const body: Samples = { samples, ...(filters !== undefined && { filters }) }
  const { candidates } = await new Api(terminal, options).call<{ candidates: Candidate[] }>(
    operations.detectConverter,
    { body },
  )
  if (options.json === true) await printJson(terminal, { candidates })
  else if (candidates.length === 0) note(terminal, 'No converter can read these. A script could.')
  else await printCandidates(terminal, candidates)
  return candidates.length === 0 ? exitCode.failure : exitCode.ok
}

function payloadOf(payload: string | undefined, hex: string | undefined): Omit<Sample, 'topic'> {
  if (hex === undefined && payload !== undefined) return { payload }
  if (payload !== undefined || hex === undefined) {
    throw usageFailure('A sample is a topic and one payload.', 'Give the payload after the topic, or --hex.')
  }
  if (!/^([0-9a-f]{2})+$/i.test(hex)) {
    throw usageFailure(`"${hex}" is not hexadecimal.`, 'Write two digits for each byte, such as 0866.')
  }
  return { payloadBase64: Buffer.from(hex, 'hex').toString('base64') }
}

/** Lines as `ackstone sub` prints them: with --json an object each, with -v the topic, a space and the payload. */
function samplesIn(text: string): Sample[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.slice(0, samplesMax).map((line, i) => sampleIn(line, i + 1))
}

function sampleIn(line: string, number: number): Sample {
  const seen = objectIn(line)
  if (typeof seen?.topic === 'string') {
    const { topic, payload, payloadBase64, contentType, qos, retain } = seen
    return {
      topic,
      ...(payloadBase64 === undefined ? { payload: payload ?? '' } : { payloadBase64 }),
      ...(contentType !== undefined && { contentType }),
      ...(qos !== undefined && { qos }),
      ...(retain !== undefined && { retain }),
    }
  }
  const space = line.indexOf(' ')
  if (seen !== undefined || space <= 0) {
    const hint = 'A line is what "ackstone sub --json" or "ackstone sub -v" prints.'
    throw usageFailure(`Line ${number} has no topic with a payload behind it.`, hint)
  }
  return { topic: line.slice(0, space), payload: line.slice(space + 1) }
}

function objectIn(line: string): Partial<Sample> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line) as Partial<Sample>
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

async function printCandidates(terminal: Terminal, candidates: Candidate[]): Promise<void> {
  const rows = candidates.map(({ type, score, options }) => [
    ...[type, score.toFixed(2)],
    Object.keys(options).length === 0 ? '' : JSON.stringify(options),
  ])
  await printTable(terminal, ['CONVERTER', 'SCORE', 'OPTIONS'], rows)
  await printLine(terminal, '')
  for (const sentence of candidates[0]!.why) await printLine(terminal, sentence)
}
