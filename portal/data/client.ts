// Calls an operation of the API by its name. What it takes and what it answers are the types of the contract,
// so that a page that misunderstands the hub does not compile.
import { operations } from 'virtual:operations'
import type { z } from 'zod'
import type { operations as contract } from '../../src/api/contract.ts'
import { problemFrom, unreachable } from './problem.ts'

type Contract = typeof contract
export type OperationId = keyof Contract

type Scalar = string | number | boolean | undefined | null
type Input<S> = S extends z.ZodType ? z.input<S> : never
/** An operation that takes none has a shape without members, whose keys are any text. */
type Members<S> = string extends keyof Input<S> ? never : keyof Input<S>
type Parameters<S> = { [K in Members<S>]: string }
type Query<S> = { [K in Members<S>]?: Scalar }
type BodyOf<S> = S extends z.ZodUnknown ? unknown : S extends z.ZodType ? z.input<S> : undefined
type JsonOf<A> = A extends { content: { 'application/json': infer S } }
  ? S extends z.ZodType
    ? z.output<S>
    : undefined
  : undefined
type Good<A> = Extract<keyof A, 200 | 201 | 202>

/** What an operation answers when all is well; undefined where there is nothing to say. */
export type AnswerOf<I extends OperationId> = [Good<Contract[I]['answers']>] extends [never]
  ? undefined
  : JsonOf<Contract[I]['answers'][Good<Contract[I]['answers']>]>

export interface Options {
  signal?: AbortSignal
  /** Media type of the answer; JSON unless told. */
  accept?: string
}
type Part<N extends string, T> = [T] extends [undefined] ? { [K in N]?: undefined } : { [K in N]: T }
type ParamsOf<I extends OperationId> = [Members<Contract[I]['params']>] extends [never]
  ? undefined
  : Parameters<Contract[I]['params']>

/** What an operation takes: parameters of its path, of its query, a body. */
export type Given<I extends OperationId> = Part<'params', ParamsOf<I>> &
  Part<'body', BodyOf<Contract[I]['body']>> &
  Options & { query?: Query<Contract[I]['query']> }

/** The address of an operation: for links, event streams and `curl`. */
export function addressOf(
  id: string,
  params: Record<string, string> = {},
  query: Record<string, Scalar> = {},
): string {
  const path = operations[id]?.[1] ?? id
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value))
  }
  return search.size === 0 ? filled : `${filled}?${search}`
}

type Rest<I extends OperationId> = Partial<Given<I>> extends Given<I> ? [given?: Given<I>] : [Given<I>]

/** Asks the hub. @throws ApiError, with the problem that the hub answered or that it can't be reached. */
export async function call<I extends OperationId>(id: I, ...[given]: Rest<I>): Promise<AnswerOf<I>> {
  return callWith(id, given as Given<I>)
}

/** `call` where the operation is a variable. */
export async function callWith<I extends OperationId>(id: I, given: Given<I>): Promise<AnswerOf<I>> {
  const response = await open(id, given as Loose)
  if (response.status === 204) return undefined as AnswerOf<I>
  return (await response.json()) as AnswerOf<I>
}

/** The answer itself, for what is too large to be held: exports. @throws ApiError */
export function callRaw<I extends OperationId>(id: I, given: Given<I>): Promise<Response> {
  return open(id, given as Loose)
}

/** What a request takes whatever the operation is. */
interface Sent extends Options {
  body?: unknown
}

/** Sent to the window when the hub no longer knows who asks: the gate decides what is shown then. */
export const signedOutEvent = 'ackstone-signed-out'

interface Loose extends Sent {
  params?: Record<string, string>
  query?: Record<string, Scalar>
}

async function open(id: string, given: Loose = {}): Promise<Response> {
  const method = operations[id]?.[0] ?? 'GET'
  return request(method, addressOf(id, given.params, given.query), given)
}

/** A request to a path that has no operation of its own in the contract. @throws ApiError */
export async function request(method: string, path: string, given: Sent = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: given.accept ?? 'application/json' }
  const init: RequestInit = { method, headers, credentials: 'same-origin' }
  if (given.body !== undefined) {
    headers['Content-Type'] = 'application/json'
    init.body = typeof given.body === 'string' ? given.body : JSON.stringify(given.body)
  }
  if (given.signal !== undefined) init.signal = given.signal
  const response = await fetch(path, init).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw unreachable(error)
  })
  if (!response.ok) {
    const problem = await problemFrom(response)
    // Who asks for the session learns it from the answer.
    const isNews = problem.problem.code === 'UNAUTHENTICATED' && path !== addressOf('currentSession')
    if (isNews) dispatchEvent(new Event(signedOutEvent))
    throw problem
  }
  return response
}

/** Whether an operation is part of the contract that this portal was built from. */
export function isKnown(id: string): boolean {
  return operations[id] !== undefined
}
