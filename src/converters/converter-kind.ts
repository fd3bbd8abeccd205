// One kind of converter as a person selects it: its type, what it is for, its options, and how it is made.
// Everything that is said about converters elsewhere (checks, lists, forms, detection) is taken from here.
import type * as z from 'zod'
import type { Converter } from './converter.ts'
import type { ScriptTools } from './script/script-kind.ts'

/** What the topic of a sample says for or against a kind, from 0 (never its topic) to 1 (its very own). */
export type TopicFit = (topic: string) => number

export interface KindDescription {
  readonly type: string
  /** A few words for a list. */
  readonly title: string
  /** One sentence: for whom. */
  readonly about: string
  /** Topic filters that usually fit, to begin with. */
  readonly topics: readonly string[]
  /** Whether what payloads say comes before `{device}`: who may publish there writes for others.
   *  A function where it depends on the options as they were written. */
  readonly namesDevices: boolean | ((spec: Readonly<Record<string, unknown>>) => boolean)
  /** How well a topic fits; undefined: the kind is never proposed by itself. */
  readonly topicFit: TopicFit | undefined
  /** Options to try when messages are looked at, besides none. */
  readonly variants?: readonly Record<string, unknown>[]
  /** Each message is one value, whose key stands in the topic. */
  readonly isOneValue?: true
}

/** A kind whose options have been forgotten by the type checker: any kind. */
export interface ConverterKind extends KindDescription {
  readonly schema: z.ZodObject
  /** @param options checked by `schema`, defaults filled in.
   *  @param tools what runs scripts; undefined where nothing does. */
  create(options: unknown, tools?: ScriptTools): Converter
}

/** A kind with its options: `create` gets what `schema` gives. */
export function converterKind<Schema extends z.ZodObject>(
  kind: KindDescription & {
    schema: Schema
    create: (options: z.output<Schema>, tools?: ScriptTools) => Converter
  },
): ConverterKind {
  return { ...kind, create: (options, tools) => kind.create(options as z.output<Schema>, tools) }
}

/** Fit of topics that match a pattern; `otherwise` for the rest. */
export function fitting(pattern: RegExp, otherwise = 0): TopicFit {
  return (topic) => (pattern.test(topic) ? 1 : otherwise)
}
