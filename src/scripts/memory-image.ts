// What an engine's memory held when its script was loaded, to begin each call on. Only pages that held something are
// kept: the rest is stack that is not in use and heap that is not given out.

const pageBytes = 4096
/** Pages without content that are kept because they lie between, or right behind, others: static variables. */
const gapPages = 16

export interface EngineMemory {
  readonly buffer: ArrayBuffer
}

/** A memory that can't grow: what does not fit in it is not there for a script. */
export function newEngineMemory(bytes: number): EngineMemory {
  const pages = bytes / wasmPageBytes
  return new Memory({ initial: pages, maximum: pages })
}

const wasmPageBytes = 65_536
// Part of every Node; its types come with those of browsers, which this project does not use.
const { Memory } = (globalThis as unknown as { WebAssembly: WebAssemblyOfNode }).WebAssembly

interface WebAssemblyOfNode {
  Memory: new (size: { initial: number; maximum: number }) => EngineMemory
}

interface Region {
  start: number
  bytes: Uint8Array
}

export class MemoryImage {
  readonly #memory: EngineMemory
  readonly #regions: Region[] = []

  constructor(memory: EngineMemory) {
    const all = new Uint8Array(memory.buffer)
    this.#memory = memory
    const words = new Uint32Array(memory.buffer)
    const pages = all.length / pageBytes
    let start = -1
    let last = -1
    const close = (): void => {
      if (start === -1) return
      const end = Math.min(pages, last + 1 + gapPages) * pageBytes
      this.#regions.push({ start: start * pageBytes, bytes: all.slice(start * pageBytes, end) })
      start = -1
    }
    for (let page = 0; page < pages; page++) {
      if (isEmpty(words, page)) continue
      if (start !== -1 && page - last > gapPages) close()
      if (start === -1) start = page
      last = page
    }
    close()
  }

  restore(): void {
    const all = new Uint8Array(this.#memory.buffer)
    for (const { start, bytes } of this.#regions) all.set(bytes, start)
  }
}

function isEmpty(words: Uint32Array, page: number): boolean {
  const perPage = pageBytes / 4
  const end = (page + 1) * perPage
  for (let at = page * perPage; at < end; at++) if (words[at] !== 0) return false
  return true
}
