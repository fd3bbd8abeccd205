// Which telemetry keys of a mapped document are kept, what they are called, and how their numbers are scaled.
import type { Value } from '../../model/reading.ts'

export interface Scale {
  readonly factor: number
  readonly offset: number
}

export interface KeyRuleOptions {
  /** Names or beginnings that end in "*"; undefined: all. */
  readonly include: readonly string[] | undefined
  readonly exclude: readonly string[]
  readonly rename: Readonly<Record<string, string>>
  /** By the key as the document has it. */
  readonly scale: Readonly<Record<string, Scale>>
}

export class KeyRules {
  readonly #include: readonly string[] | undefined
  readonly #exclude: readonly string[]
  readonly #rename: ReadonlyMap<string, string>
  readonly #scale: ReadonlyMap<string, Scale>

  constructor({ include, exclude, rename, scale }: KeyRuleOptions) {
    this.#include = include
    this.#exclude = exclude
    this.#rename = new Map(Object.entries(rename))
    this.#scale = new Map(Object.entries(scale))
  }

  /** What a key is called; undefined when it is not kept. */
  nameOf(key: string): string | undefined {
    if (this.#include !== undefined && !matches(this.#include, key)) return undefined
    return matches(this.#exclude, key) ? undefined : (this.#rename.get(key) ?? key)
  }

  /** Only numbers are scaled. The last digits, which binary fractions add, are rounded away. */
  scaled(key: string, value: Value): Value {
    const scale = this.#scale.get(key)
    if (scale === undefined || (typeof value !== 'number' && typeof value !== 'bigint')) return value
    return Number((Number(value) * scale.factor + scale.offset).toPrecision(15)) + 0
  }
}

function matches(names: readonly string[], key: string): boolean {
  return names.some((name) => (name.endsWith('*') ? key.startsWith(name.slice(0, -1)) : key === name))
}
