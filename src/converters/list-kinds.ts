// The kinds as a form needs them: what each is for, which topics usually fit, and its options as a JSON schema.
import * as z from 'zod'
import { converterKinds } from './kinds.ts'

export interface ListedKind {
  type: string
  title: string
  about: string
  topics: readonly string[]
  /** JSON schema of an object with the options, `type` left out. */
  options: Record<string, unknown>
}

export function listKinds(): ListedKind[] {
  return converterKinds.map(({ type, title, about, topics, schema }) => {
    const { $schema: _, ...options } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
    const { type: __, ...properties } = options.properties ?? {}
    const required = (options.required ?? []).filter((name) => name !== 'type')
    return { type, title, about, topics, options: { ...options, properties, required } }
  })
}
