// Reads ackstone.yaml (JSON is YAML too): each known key with its line and column, and a sentence for each
// thing that is wrong. Comments and order don't matter here.
import { LineCounter, isMap, isScalar, isSeq, parseDocument, type Node, type Pair } from 'yaml'
import { suggestion } from '../lib/nearest.ts'
import { fromText, options, type Option } from './schema.ts'
import { fillReferences, type References } from './references.ts'
import type { Origin, Said } from './source.ts'

export const fileBytesMax = 1024 * 1024
/** How deep objects and lists may be nested in it. */
const depthMax = 32

export interface FileSaid {
  /** By option key. */
  said: Map<string, Said>
  /** Position of each node by JSON pointer, for complaints that come later. */
  positions: Map<string, Origin>
  /** Full sentences. */
  problems: string[]
}

/** @param name as it is called in complaints. */
export function readConfigText(text: string, name: string, references: References): FileSaid {
  const reader = new FileReader(name, references)
  if (Buffer.byteLength(text) > fileBytesMax) {
    reader.problems.push(`${name}: The file is larger than ${fileBytesMax} bytes.`)
    return reader
  }
  reader.read(text)
  return reader
}

class FileReader implements FileSaid {
  readonly said = new Map<string, Said>()
  readonly positions = new Map<string, Origin>()
  readonly problems: string[] = []
  readonly #name: string
  readonly #references: References
  readonly #lines = new LineCounter()

  constructor(name: string, references: References) {
    this.#name = name
    this.#references = references
  }

  read(text: string): void {
    const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false })
    for (const error of document.errors) this.#complain(error.pos[0], sentence(error.message))
    if (this.problems.length > 0) return
    const root = document.contents
    if (root === null || (isScalar(root) && root.value === null)) return
    if (isMap(root)) this.#readMap(root.items as Pair<Node, Node | null>[], [])
    else this.#complain(root.range?.[0] ?? 0, 'The file must hold keys and values, such as "httpPort: 8080".')
  }

  #readMap(pairs: readonly Pair<Node, Node | null>[], parents: readonly string[]): void {
    const known = [...new Set(options.filter(isUnder(parents)).map(({ path }) => path[parents.length]))]
    for (const { key, value } of pairs) {
      const name = isScalar(key) ? String(key.value) : String(key)
      const path = [...parents, name]
      const dotted = path.join('.')
      if (!known.includes(name)) {
        this.#complain(key.range?.[0] ?? 0, `The key "${dotted}" is not known.${suggestion(name, known)}`)
        continue
      }
      const option = options.find((candidate) => candidate.key === dotted)
      if (option !== undefined) this.#readOption(option, value, key)
      else if (isMap(value)) this.#readMap(value.items as Pair<Node, Node | null>[], path)
      else if (value !== null && !(isScalar(value) && value.value === null)) {
        this.#complain(value.range?.[0] ?? 0, `The key "${dotted}" must hold keys and values of its own.`)
      }
    }
  }

  #readOption(option: Option, node: Node | null, key: Node): void {
    const before = this.problems.length
    const value = this.#plain(node, `/${option.path.join('/')}`, 0)
    if (this.problems.length > before || value === null) return
    const isFilled = isScalar(node) && node.value !== value
    const origin = this.#origin((node ?? key).range?.[0] ?? 0)
    // One item of a list may stand alone, without the brackets.
    const isText = isFilled || (option.type === 'list' && typeof value === 'string')
    this.said.set(option.key, { value: isText ? fromText(option, String(value)) : value, origin })
  }

  /** The node as a plain value, its references filled in. */
  #plain(node: Node | null, pointer: string, depth: number): unknown {
    if (node === null) return null
    const at = node.range?.[0] ?? 0
    this.positions.set(pointer, this.#origin(at))
    if (depth > depthMax) {
      this.#complain(at, `Nesting goes deeper than ${depthMax} levels.`)
      return null
    }
    if (isSeq(node)) {
      return node.items.map((item, i) => this.#plain(item as Node | null, `${pointer}/${i}`, depth + 1))
    }
    if (isMap(node)) {
      const entries = (node.items as Pair<Node, Node | null>[]).map(({ key, value }) => {
        const name = isScalar(key) ? String(key.value) : String(key)
        return [name, this.#plain(value, `${pointer}/${escapePointer(name)}`, depth + 1)] as const
      })
      return Object.fromEntries(entries)
    }
    if (!isScalar(node)) {
      this.#complain(at, 'Aliases (*name) are not supported here; write the value out.')
      return null
    }
    return typeof node.value === 'string' ? this.#filled(node.value, at) : node.value
  }

  #filled(text: string, at: number): string {
    const filled = fillReferences(text, this.#references)
    for (const problem of filled.problems) this.#complain(at, problem)
    return filled.text
  }

  #origin(offset: number): Origin {
    const { line, col } = this.#lines.linePos(offset)
    return { source: 'file', file: this.#name, line, column: col }
  }

  #complain(offset: number, complaint: string): void {
    const { line, col } = this.#lines.linePos(offset)
    this.problems.push(`${this.#name}:${line}:${col}: ${complaint}`)
  }
}

function isUnder(parents: readonly string[]): (option: Option) => boolean {
  return ({ path }) => path.length > parents.length && parents.every((name, i) => path[i] === name)
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

function sentence(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`
}
