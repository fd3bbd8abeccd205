// What an engine's memory held when its script was loaded, to begin each call on. Only pages that held something are
// kept: the rest is stack that is not in use and heap that is not given out.

const pageBytes = 4096
/** Pages without content that are kept because they lie between, or right behind, others: static variables. */
const gapPages = 16

/** The memory of an engine: another buffer once it has grown. */
export interface EngineMemory {
  readonly buffer: ArrayBuffer
}

interface Region {
  start: number
  bytes: Uint8Array
}

export class MemoryImage {
  readonly #length: number
  readonly #regions: Region[] = []

  constructor(memory: EngineMemory) {
    const all = new Uint8Array(memory.buffer)
    this.#length = all.length
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

  /** Bytes kept. */
  get bytes(): number {
    return this.#regions.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  /** @returns false when the memory has grown since, which can't be undone. */
  restore(memory: EngineMemory): boolean {
    const all = new Uint8Array(memory.buffer)
    if (all.length !== this.#length) return false
    for (const { start, bytes } of this.#regions) all.set(bytes, start)
    return true
  }
}

function isEmpty(words: Uint32Array, page: number): boolean {
  const perPage = pageBytes / 4
  const end = (page + 1) * perPage
  for (let at = page * perPage; at < end; at++) if (words[at] !== 0) return false
  return true
}
