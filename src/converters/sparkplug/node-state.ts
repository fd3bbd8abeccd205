// What a Sparkplug edge node has said before: its birth, the names behind its aliases, how far it has counted.
// Three entries, so that a message of data writes one byte: who is there, the names of each, the last number.
import type { Conversation } from '../converter.ts'
import type { Metric } from './payload.ts'

/** Who is there: the node itself, and the devices behind it. */
export interface Presence {
  /** Tells births apart: names of an earlier one are not valid any more. */
  readonly birth: string
  /** Number of the connection, with which a death says which of them ended; -1 where the birth had none. */
  readonly bdSeq: number
  readonly isOnline: boolean
  readonly devices: readonly string[]
}

/** Datatype and name of a metric; a birth says them, later messages may leave them out. */
export interface Known {
  name: string
  datatype: number
}

/** What one birth has said about metrics. */
export class Names {
  readonly #byAlias = new Map<string, Known>()
  readonly #byName = new Map<string, Known>()

  add(name: string, alias: number | bigint | string | undefined, datatype: number): void {
    const known = { name, datatype }
    this.#byName.set(name, known)
    if (alias !== undefined) this.#byAlias.set(String(alias), known)
  }

  find({ name, alias }: Metric): Known | undefined {
    if (name !== '') return this.#byName.get(name)
    return alias === undefined ? undefined : this.#byAlias.get(String(alias))
  }
}

type NamesEntry = [birth: string, metrics: [name: string, alias: string | null, datatype: number][]]

/** Bytes are what is kept; what they say is remembered as long as they are, to be read once. */
const readNames = new WeakMap<Uint8Array, { birth: string; names: Names }>()
const readPresences = new WeakMap<Uint8Array, Presence>()

export class NodeState {
  readonly #conversation: Conversation
  readonly #node: string

  /** @param node `group/node` */
  constructor(conversation: Conversation, node: string) {
    this.#conversation = conversation
    this.#node = node
  }

  presence(): Presence | undefined {
    const bytes = this.#conversation.get(`node/${this.#node}`)
    if (bytes === undefined) return undefined
    let presence = readPresences.get(bytes)
    if (presence === undefined) {
      presence = JSON.parse(Buffer.from(bytes).toString()) as Presence
      readPresences.set(bytes, presence)
    }
    return presence
  }

  /** @returns false when there is no room. */
  keepPresence(presence: Presence): boolean {
    return this.#conversation.put(`node/${this.#node}`, Buffer.from(JSON.stringify(presence)))
  }

  /** Names that a device (or the node itself, '') gave at its birth, if it was after this birth of the node. */
  names(device: string, birth: string | undefined): Names | undefined {
    const bytes = this.#conversation.get(this.#namesKey(device))
    if (bytes === undefined) return undefined
    let known = readNames.get(bytes)
    if (known === undefined) readNames.set(bytes, (known = namesOf(bytes)))
    return known.birth === birth ? known.names : undefined
  }

  keepNames(device: string, birth: string, metrics: readonly Metric[]): boolean {
    const entry: NamesEntry = [
      birth,
      metrics.map(({ name, alias, datatype }) => [
        name,
        alias === undefined ? null : String(alias),
        datatype,
      ]),
    ]
    return this.#conversation.put(this.#namesKey(device), Buffer.from(JSON.stringify(entry)))
  }

  /** The number of the last message; undefined when there was none. */
  lastSeq(): number | undefined {
    return this.#conversation.get(`seq/${this.#node}`)?.[0]
  }

  keepSeq(seq: number): void {
    this.#conversation.put(`seq/${this.#node}`, Buffer.of(seq & 0xff))
  }

  #namesKey(device: string): string {
    return `names/${this.#node}/${device}`
  }
}

function namesOf(bytes: Uint8Array): { birth: string; names: Names } {
  const [birth, metrics] = JSON.parse(Buffer.from(bytes).toString()) as NamesEntry
  const names = new Names()
  for (const [name, alias, datatype] of metrics) names.add(name, alias ?? undefined, datatype)
  return { birth, names }
}
