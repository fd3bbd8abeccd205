// How an operation of the contract is written down: method, path, what it takes, what it answers.
import { z } from 'zod'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface Answer {
  description: string
  /** By media type; `undefined` where the content has no shape. */
  content: Readonly<Record<string, z.ZodType | undefined>>
}

export interface Operation<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType | undefined = z.ZodType | undefined,
> {
  id: string
  method: Method
  /** With `{name}` for what varies. */
  path: string
  tag: 'integrations' | 'devices' | 'access' | 'delivery' | 'live' | 'setup' | 'operating'
  summary: string
  /** Answers without a bearer token. */
  isOpen: boolean
  params: P
  query: Q
  /** undefined: takes no body. `z.unknown()`: takes bytes that the converter reads. */
  body: B
  answers: Readonly<Record<number, Answer>>
  /** Error codes besides those that any operation can have. */
  errors: readonly string[]
}

const noParams = z.strictObject({})
type Empty = typeof noParams

interface Common<B extends z.ZodType | undefined> {
  id: string
  method: Method
  path: string
  tag: Operation['tag']
  summary: string
  isOpen?: true
  body?: B
  answers: Operation['answers']
  errors?: readonly string[]
}

export function operation<
  P extends z.ZodObject = Empty,
  Q extends z.ZodObject = Empty,
  B extends z.ZodType | undefined = undefined,
>(given: Common<B> & { params?: P; query?: Q }): Operation<P, Q, B> {
  return {
    isOpen: false,
    errors: [],
    ...given,
    params: given.params ?? (noParams as unknown as P),
    query: given.query ?? (noParams as unknown as Q),
    body: given.body as B,
  }
}

export function json(description: string, schema: z.ZodType): Answer {
  return { description, content: { 'application/json': schema } }
}

export const noContent: Answer = { description: 'Done; nothing to say.', content: {} }
export const storeErrors = ['STORE_FULL', 'STORE_UNAVAILABLE', 'ACK_DEADLINE']
