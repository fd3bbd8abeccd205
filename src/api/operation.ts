// How an operation of the contract is written down: method, path, what it takes, what it answers.
import { z } from 'zod'
import type { UserRole } from '../model/user-role.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface Answer {
  description: string
  /** By media type; `undefined` where the content has no shape. */
  content: Readonly<Record<string, z.ZodType | undefined>>
}

export type Answers = Readonly<Record<number, Answer>>

export interface Operation<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType | undefined = z.ZodType | undefined,
  A extends Answers = Answers,
> {
  id: string
  method: Method
  /** With `{name}` for what varies. */
  path: string
  tag: 'integrations' | 'devices' | 'access' | 'people' | 'delivery' | 'live' | 'setup' | 'operating'
  summary: string
  /** Answers whoever asks. */
  isOpen: boolean
  /** The least role that may do this, or anybody who is signed in or has a key. Not looked at where it is open. */
  role: UserRole | 'anybody'
  /** Keys that may only store readings may do this. */
  isIngest: boolean
  /** Leaves an entry in the audit log: all that change something, unless said otherwise. */
  isAudited: boolean
  params: P
  query: Q
  /** undefined: takes no body. `z.unknown()`: takes bytes that the converter reads. */
  body: B
  answers: A
  /** Error codes besides those that any operation can have. */
  errors: readonly string[]
}

const noParams = z.strictObject({})
type Empty = typeof noParams

interface Common<B extends z.ZodType | undefined, A extends Answers> {
  id: string
  method: Method
  path: string
  tag: Operation['tag']
  summary: string
  isOpen?: true
  /** Unless told, a viewer may read, and an operator change things. */
  role?: Operation['role']
  isIngest?: true
  isAudited?: false
  body?: B
  answers: A
  errors?: readonly string[]
}

export function operation<
  P extends z.ZodObject = Empty,
  Q extends z.ZodObject = Empty,
  B extends z.ZodType | undefined = undefined,
  const A extends Answers = Answers,
>(given: Common<B, A> & { params?: P; query?: Q }): Operation<P, Q, B, A> {
  return {
    isOpen: false,
    role: given.method === 'GET' ? 'viewer' : 'operator',
    isIngest: false,
    isAudited: given.method !== 'GET',
    errors: [],
    ...given,
    params: given.params ?? (noParams as unknown as P),
    query: given.query ?? (noParams as unknown as Q),
    body: given.body as B,
  }
}

export function json<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { 'application/json': schema } } satisfies Answer
}

export const noContent: Answer = { description: 'Done; nothing to say.', content: {} }
export const storeErrors = ['STORE_FULL', 'STORE_UNAVAILABLE', 'ACK_DEADLINE']
