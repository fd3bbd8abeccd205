// What stands where in a JSON document: its scalars with the paths that lead to them, and its lists of objects.
import { parsePath } from './json-path.ts'

export type Members = Readonly<Record<string, unknown>>

export interface Child {
  name: string
  /** As json-path.ts reads it. */
  path: string
  value: unknown
}

/** A scalar. */
export interface Leaf extends Child {
  /** Telemetry key after flattening, from where the search began. */
  key: string
  /** 1 for a member of the object where the search began. */
  depth: number
}

/** Deeper places and further ones are not looked at. */
const depthMax = 4
const placesMax = 400

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Members that a path can lead to. */
export function childrenOf(object: Members, path: string): Child[] {
  return Object.entries(object).flatMap(([name, value]) => {
    const step = /^[\w$-]+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
    return parsePath(path + step) === undefined ? [] : [{ name, path: path + step, value }]
  })
}

/** Scalars of a document, or of the first element of a list, nearest first.
 *  @param path of where the search begins. */
export function leavesOf(root: Members | readonly Members[], path: string): Leaf[] {
  const leaves: Leaf[] = []
  let level = [{ object: (Array.isArray(root) ? root[0] : root) as Members, path, prefix: '' }]
  for (let depth = 1; depth <= depthMax && level.length > 0; depth++) {
    const next: typeof level = []
    for (const { object, path: outer, prefix } of level) {
      for (const child of childrenOf(object, outer)) {
        const key = prefix + child.name
        if (isMembers(child.value)) next.push({ object: child.value, path: child.path, prefix: `${key}.` })
        else if (!Array.isArray(child.value)) leaves.push({ ...child, key, depth })
        if (leaves.length >= placesMax || next.length >= placesMax) return leaves
      }
    }
    level = next
  }
  return leaves
}

/** Lists of objects, nearest first. */
export function listsIn(root: Members): { path: string; elements: Members[] }[] {
  const lists: { path: string; elements: Members[] }[] = []
  let level: Child[] = [{ name: '', path: '$', value: root }]
  for (let depth = 0; depth < depthMax && level.length > 0 && level.length < placesMax; depth++) {
    const inside = level.flatMap(({ path, value }) => (isMembers(value) ? childrenOf(value, path) : []))
    for (const { path, value } of inside) {
      if (Array.isArray(value) && value.length > 0 && value.every(isMembers))
        lists.push({ path, elements: value })
    }
    level = inside
  }
  return lists
}
