// Puts the configuration together: flag, else environment, else ackstone.yaml, else default. Each value
// knows where it was said, and everything that is wrong is said at once, in full sentences.
import { readFileSync } from 'node:fs'
import { AckstoneError, type FieldError } from '../errors.ts'
import { nearestName } from '../lib/nearest.ts'
import { readConfigText } from './file.ts'
import type { References } from './references.ts'
import { configSchema, fromText, optionOf, options, type Config } from './schema.ts'
import { originText, type Origin, type Said } from './source.ts'
import { checkTransport } from './transport.ts'

const variablePrefix = 'ACKSTONE_'
/** Variables that are no options of the hub but mean something to commands. */
const variablesOfCommands = ['ACKSTONE_CONFIG', 'ACKSTONE_URL', 'ACKSTONE_TOKEN']

export const configFileDefault = 'ackstone.yaml'

/** Flags as the command line parser gives them, by option key (`dataDir`, `mqttPort`, …), and `config`. */
export type Flags = Readonly<Record<string, string | number | boolean | undefined>>

export interface ConfigSources {
  flags: Flags
  environment: Readonly<Record<string, string | undefined>>
  /** The text of a file. @throws the system's error (`code: 'ENOENT'` when it isn't there). */
  readFile?: (path: string) => string
}

export interface LoadedConfig {
  values: Config
  /** Where the value of an option (by key, `limits.packetBytesMax`) was said. */
  origin(key: string): Origin
  /** Where the file says something, by JSON pointer (`/integrations/0/topics`), for later complaints. */
  position(pointer: string): string | undefined
  /** Full sentences about what is allowed but hardly meant. */
  warnings: string[]
}

/** @throws CONFIG_INVALID with one field for each problem. */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const readFile = sources.readFile ?? ((path: string) => readFileSync(path, 'utf8'))
  const file = readConfigFile(sources, readFile)
  const said = new Map([...file.said, ...fromEnvironment(sources.environment), ...fromFlags(sources.flags)])
  const problems: FieldError[] = file.problems.map((detail) => ({ pointer: '', detail }))
  const parsed = configSchema.safeParse(nested(said))
  if (!parsed.success) {
    for (const issue of parsed.error.issues) problems.push(complaint(issue.path, said, file.positions))
  } else problems.push(...contradictions(parsed.data, said))
  if (problems.length > 0) throw invalid(problems)
  return {
    values: configSchema.parse(nested(said)),
    origin: (key) => said.get(key)?.origin ?? { source: 'default' },
    position(pointer) {
      const origin = file.positions.get(pointer)
      return origin === undefined ? undefined : originText(origin)
    },
    warnings: warningsAbout(said, sources.environment),
  }
}

/** The configuration as `--print-config` shows it: one line for each option, secrets hidden. */
export function printConfig(config: LoadedConfig): string {
  const lines = options.map(({ key, path, isSecret, type }) => {
    const value = path.reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], config.values)
    const shown = type === 'objects' ? `(${(value as unknown[]).length} declared)` : JSON.stringify(value)
    const text = value === undefined ? '' : isSecret ? '(hidden)' : shown
    return `${`${key}: ${text}`.trimEnd()}  # ${originText(config.origin(key))}`
  })
  return `${lines.join('\n')}\n`
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}

function readConfigFile(sources: ConfigSources, readFile: (path: string) => string) {
  const chosen = sources.flags.config ?? (sources.environment.ACKSTONE_CONFIG || undefined)
  const path = chosen === undefined ? configFileDefault : String(chosen)
  const references: References = { environment: sources.environment, readFile }
  try {
    return readConfigText(readFile(path), path, references)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' && chosen === undefined) return readConfigText('', path, references)
    const causes: Record<string, string> = { ENOENT: 'there is no such file', EISDIR: 'it is a folder' }
    const cause = causes[code ?? ''] ?? (error as Error).message
    throw invalid([{ pointer: '', detail: `The configuration file ${path} can’t be read: ${cause}.` }])
  }
}

function fromEnvironment(environment: ConfigSources['environment']): Map<string, Said> {
  const said = new Map<string, Said>()
  for (const option of options) {
    const text = option.variable === undefined ? undefined : environment[option.variable]
    if (option.variable === undefined || text === undefined || text === '') continue
    said.set(option.key, {
      value: fromText(option, text),
      origin: { source: 'environment', variable: option.variable },
    })
  }
  return said
}

function fromFlags(flags: Flags): Map<string, Said> {
  const said = new Map<string, Said>()
  for (const option of options) {
    const given = option.flag === undefined ? undefined : flags[flagName(option.path)]
    if (option.flag === undefined || given === undefined) continue
    const value = typeof given === 'string' ? fromText(option, given) : given
    said.set(option.key, { value, origin: { source: 'flag', flag: option.flag } })
  }
  return said
}

/** How the command line calls it: `tls.cert` is `tlsCert`, from `--tls-cert`. */
function flagName([first = '', ...rest]: readonly string[]): string {
  return first + rest.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')
}

/** The values by option key as an object: `limits.packetBytesMax` becomes a member of `limits`. */
function nested(said: ReadonlyMap<string, Said>): Record<string, unknown> {
  const root: Record<string, unknown> = {}
  for (const [key, { value }] of said) {
    const path = key.split('.')
    const name = path.pop() as string
    let at = root
    for (const parent of path) at = (at[parent] ??= {}) as Record<string, unknown>
    at[name] = value
  }
  return root
}

function complaint(
  path: readonly PropertyKey[],
  said: ReadonlyMap<string, Said>,
  positions: ReadonlyMap<string, Origin>,
): FieldError {
  const names = path.map(String)
  const pointer = `/${names.join('/')}`
  const nearest = names.findLastIndex((_, i) => positions.has(`/${names.slice(0, i + 1).join('/')}`))
  const option = optionOf(names.join('.')) ?? optionOf(names.slice(0, 2).join('.')) ?? optionOf(names[0])
  const from = option === undefined ? undefined : said.get(option.key)
  const position = positions.get(`/${names.slice(0, nearest + 1).join('/')}`)
  const origin = (from?.origin.source === 'file' ? position : undefined) ??
    from?.origin ?? { source: 'default' }
  const given = option?.isSecret === true ? '' : `, not ${JSON.stringify(from?.value)?.slice(0, 100)}`
  return {
    pointer,
    detail: `${originText(origin)}: ${option?.key ?? names.join('.')} must be ${option?.expects}${given}.`,
  }
}

/** What each value alone allows and together can't be meant. */
function contradictions(config: Config, said: ReadonlyMap<string, Said>): FieldError[] {
  const found: FieldError[] = []
  const complain = (key: string, sentence: string) => {
    const origin = said.get(key)?.origin
    const where = origin === undefined ? '' : `${originText(origin)}: `
    found.push({ pointer: `/${key.replaceAll('.', '/')}`, detail: `${where}${sentence}` })
  }
  checkTransport(config, complain)
  if (config.mqttPort !== 0 && config.mqttPort === config.httpPort) {
    complain('httpPort', `mqttPort and httpPort are both ${config.httpPort}; give them different ports.`)
  }
  if ((config.cassandra.username === undefined) !== (config.cassandra.password === undefined)) {
    complain(
      'cassandra.username',
      'cassandra.username and cassandra.password are given together or not at all.',
    )
  }
  return found
}

function warningsAbout(said: ReadonlyMap<string, Said>, environment: ConfigSources['environment']): string[] {
  const warnings: string[] = []
  const token = said.get('adminToken')?.value
  if (typeof token === 'string' && token.length < 16) {
    warnings.push('The administrator’s token is shorter than 16 characters: it can be guessed.')
  }
  const known = options.flatMap(({ variable }) => variable ?? []).concat(variablesOfCommands)
  for (const name of Object.keys(environment)) {
    if (!name.startsWith(variablePrefix) || known.includes(name)) continue
    const suffixes = known.map((variable) => variable.slice(variablePrefix.length))
    const nearest = nearestName(name.slice(variablePrefix.length), suffixes)
    if (nearest === undefined) continue
    warnings.push(
      `The environment variable ${name} is not known. Did you mean "${variablePrefix}${nearest}"?`,
    )
  }
  return warnings
}

function invalid(problems: readonly FieldError[]): AckstoneError {
  const sentences = problems.map(({ detail }) => detail).join('\n')
  return new AckstoneError('CONFIG_INVALID', { problems: sentences }, undefined, problems)
}
