// Paths into a JSON document: `$.a.b[0].c` from its root, `@.a` from the element at hand, `["a b"]` for names
// that are not plain. They lead to one place; there are no wildcards.
import { memberAt } from '../json-fields.ts'
import { JsonArray, type JsonNode, type JsonReader } from '../json-reader.ts'

type Step = string | number

export interface JsonPath {
  /** As it was written, for sentences. */
  readonly text: string
  readonly from: 'root' | 'element'
  readonly steps: readonly Step[]
}

export const pathLengthMax = 256
export const pathStepsMax = 16
const indexMax = 10_000

const step = /\.([^.[\]\s"']+)|\[(\d{1,5})\]|\[\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*\]/y

/** @returns undefined when the text is no path. */
export function parsePath(text: string): JsonPath | undefined {
  if (text.length > pathLengthMax || (text[0] !== '$' && text[0] !== '@')) return undefined
  const steps: Step[] = []
  step.lastIndex = 1
  while (step.lastIndex < text.length) {
    const match = step.exec(text)
    if (match === null || steps.length === pathStepsMax) return undefined
    const [, name, index, double, single] = match
    if (index !== undefined && Number(index) > indexMax) return undefined
    if (index !== undefined) steps.push(Number(index))
    else steps.push(name ?? (double ?? single).replace(/\\(.)/g, '$1'))
  }
  return { text, from: text[0] === '$' ? 'root' : 'element', steps }
}

/** Follows paths in one document. Arrays that a path leads into are taken apart once. */
export class JsonPaths {
  readonly #reader: JsonReader
  readonly #arrays = new Map<JsonArray, JsonNode[]>()

  constructor(reader: JsonReader) {
    this.#reader = reader
  }

  /** What stands at the end of a path; undefined where it leads nowhere. */
  nodeAt(start: JsonNode, path: JsonPath): JsonNode | undefined {
    let node: JsonNode | undefined = start
    for (const each of path.steps) {
      if (node === undefined) return undefined
      node = typeof each === 'string' ? memberAt(node, each) : this.#elementAt(node, each)
    }
    return node
  }

  #elementAt(node: JsonNode, index: number): JsonNode | undefined {
    if (!(node instanceof JsonArray)) return undefined
    let elements = this.#arrays.get(node)
    if (elements === undefined) this.#arrays.set(node, (elements = [...this.#reader.elements(node)]))
    return elements[index]
  }
}
