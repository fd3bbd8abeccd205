// The HTTP API of a hub as commands use it: address, token, and every way in which it can say no turned
// into a sentence and an exit code.
import type { Command } from 'commander'
import type { z } from 'zod'
import type { Operation } from '../api/contract.ts'
import type * as shape from '../api/shapes.ts'
import { parseExact, stringifyExact } from './exact-json.ts'
import { CommandFailure, exitCode, usageFailure } from './exit-code.ts'
import { secret } from './option-values.ts'
import type { Terminal } from './terminal.ts'
import { hubPort, variable } from './variables.ts'
import { whyNoAnswer } from './unreachable.ts'

export interface ApiOptions {
  url?: string
  token?: string
  tokenFile?: string
  json?: boolean
}

export type Problem = z.output<typeof shape.problem>

const portDefault = 8080
const urlDefault = `http://127.0.0.1:${portDefault}`
const answerWithinMs = 120_000

export function addApiOptions(command: Command): Command {
  return command
    .option('--url <url>', `address of the hub (or ACKSTONE_URL; default: ${urlDefault})`)
    .option('--token-file <file>', 'file with the bearer token (or set ACKSTONE_TOKEN)')
    .option('--token <token>', 'the bearer token itself; others on this machine can see it')
    .option('--json', 'print the answer as JSON')
}

/** The hub said no. */
export class ApiRefusal extends CommandFailure {
  override name = 'ApiRefusal'
  readonly status: number
  readonly problem: Partial<Problem>

  constructor(
    code: number,
    sentence: string,
    hint: string | undefined,
    status: number,
    problem: Partial<Problem>,
  ) {
    super(code, sentence, hint)
    this.status = status
    this.problem = problem
  }

  /** Whether the same request may be answered otherwise a little later. */
  get isPassing(): boolean {
    return this.status === 503 || this.status === 429
  }
}

export interface Request {
  params?: Record<string, string>
  query?: Record<string, string | number | undefined>
  body?: unknown
}

export class Api {
  readonly url: string
  readonly #token: string | undefined
  readonly #signal: AbortSignal

  constructor(terminal: Terminal, options: ApiOptions) {
    const given = options.url ?? variable(terminal, 'ACKSTONE_URL') ?? urlHere(terminal)
    const url = URL.parse(given)
    if (url === null || !/^https?:$/.test(url.protocol)) {
      throw usageFailure(`"${given}" is not the address of a hub.`, `Write it as ${urlDefault}.`)
    }
    this.url = given.replace(/\/+$/, '')
    this.#token = secret(terminal, {
      option: '--token',
      value: options.token,
      file: options.tokenFile,
      variables: ['ACKSTONE_TOKEN', 'ACKSTONE_ADMIN_TOKEN'],
    })
    this.#signal = terminal.signal
  }

  /** Sends a request; resolves with the body of the answer, undefined when it has none.
   *  @throws CommandFailure (cannot connect), ApiRefusal */
  async call<T>(operation: Operation, request: Request = {}): Promise<T> {
    const path = operation.path.replace(/\{(\w+)\}/g, (_whole, name: string) =>
      encodeURIComponent(request.params?.[name] ?? ''),
    )
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) query.set(name, String(value))
    }
    const target = query.size === 0 ? path : `${path}?${query}`
    const response = await this.#fetch(operation.method, target, request.body)
    const text = await this.#read(response)
    if (!response.ok) throw this.#refusal(operation, target, response, text)
    return (text === '' ? undefined : parseExact(text)) as T
  }

  async #fetch(method: string, target: string, body: unknown): Promise<Response> {
    const headers: Record<string, string> = { accept: 'application/json' }
    if (this.#token !== undefined) headers['authorization'] = `Bearer ${this.#token}`
    if (body !== undefined) headers['content-type'] = 'application/json'
    try {
      return await fetch(`${this.url}${target}`, {
        method,
        headers,
        signal: AbortSignal.any([this.#signal, AbortSignal.timeout(answerWithinMs)]),
        ...(body !== undefined && { body: typeof body === 'string' ? body : stringifyExact(body) }),
      })
    } catch (error) {
      throw this.#unreachable(error)
    }
  }

  async #read(response: Response): Promise<string> {
    try {
      return await response.text()
    } catch (error) {
      throw this.#unreachable(error)
    }
  }

  #unreachable(error: unknown): CommandFailure {
    const [said, hint] = whyNoAnswer(error)
    const sentence = `The hub at ${this.url} can’t be reached: ${said}.`
    return new CommandFailure(exitCode.cannotConnect, sentence, hint, error)
  }

  #refusal(operation: Operation, target: string, response: Response, text: string): ApiRefusal {
    const problem = parseProblem(text)
    const details = (problem.errors ?? []).map(({ pointer, detail }) => `\n  ${pointer} ${detail}`).join('')
    const said = problem.detail ?? problem.title ?? text.slice(0, 200)
    const asked = `${operation.method} ${target}`
    const sentence = `The hub at ${this.url} answered ${response.status} to ${asked}: ${said}${details}`
    const isRefused = response.status === 401 || response.status === 403
    const hint = isRefused
      ? 'Give an administrator’s token with --token-file, ACKSTONE_TOKEN or ACKSTONE_ADMIN_TOKEN.'
      : problem.hint
    const code = isRefused
      ? exitCode.refused
      : response.status === 503
        ? exitCode.notAcknowledged
        : exitCode.failure
    return new ApiRefusal(code, sentence, hint, response.status, problem)
  }
}

function urlHere(terminal: Terminal): string {
  return `http://127.0.0.1:${hubPort(terminal, 'ACKSTONE_HTTP_PORT') ?? portDefault}`
}

function parseProblem(text: string): Partial<Problem> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch (error) {
    // A proxy's page, not the hub's: the status and the beginning of the text say it.
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

/** Follows `nextCursor` until `max` entries or the end.
 *  @param read reads one page of at most `limit` entries. */
export async function readPages<T>(
  max: number,
  pageLimit: number,
  read: (limit: number, cursor: string | undefined) => Promise<{ items: T[]; nextCursor: string | null }>,
): Promise<T[]> {
  const items: T[] = []
  let cursor: string | undefined
  while (items.length < max) {
    const page = await read(Math.min(pageLimit, max - items.length), cursor)
    items.push(...page.items)
    if (page.nextCursor === null || page.items.length === 0) break
    cursor = page.nextCursor
  }
  return items
}
