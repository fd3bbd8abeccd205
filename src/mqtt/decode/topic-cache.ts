// Topic names that came before, by their bytes: devices publish to the same few topics again and again, and
// comparing bytes is many times cheaper than decoding UTF-8 and checking it. A string found here is also the
// same object each time, which makes maps keyed by topic quicker.

/** Longer topics are decoded each time. */
const topicBytesMax = 128

interface Entry {
  readonly bytes: Uint8Array
  readonly topic: string
}

/** Slots shared by all connections: at most 8,192 topics of at most 128 bytes, about 2 MB. */
export class TopicSlots {
  readonly #slots: (Entry | undefined)[]
  readonly #mask: number

  /** @param slotsMax a power of two. */
  constructor(slotsMax: number) {
    this.#slots = new Array<Entry | undefined>(slotsMax).fill(undefined)
    this.#mask = slotsMax - 1
  }

  find(source: Uint8Array, start: number, end: number): Entry | undefined {
    const entry = this.#slots[hash(source, start, end) & this.#mask]
    return entry !== undefined && isSame(entry.bytes, source, start, end) ? entry : undefined
  }

  /** A newcomer takes the place of whoever has its slot. */
  add(source: Uint8Array, start: number, end: number, topic: string): Entry {
    const bytes = new Uint8Array(end - start)
    for (let index = 0; index < bytes.length; index++) bytes[index] = source[start + index]!
    const entry = { bytes, topic }
    this.#slots[hash(source, start, end) & this.#mask] = entry
    return entry
  }
}

/** One connection's view: its last topic first, then the slots that all share. */
export class TopicCache {
  readonly #slots: TopicSlots
  #last: Entry | undefined = undefined

  constructor(slots: TopicSlots) {
    this.#slots = slots
  }

  /** The topic name whose bytes are source[start, end), when it is known. */
  find(source: Uint8Array, start: number, end: number): string | undefined {
    const last = this.#last
    if (last !== undefined && isSame(last.bytes, source, start, end)) return last.topic
    if (end - start > topicBytesMax) return undefined
    const entry = this.#slots.find(source, start, end)
    if (entry === undefined) return undefined
    this.#last = entry
    return entry.topic
  }

  /** Keeps a topic name that was decoded from source[start, end) and found valid. */
  remember(source: Uint8Array, start: number, end: number, topic: string): void {
    if (end - start <= topicBytesMax) this.#last = this.#slots.add(source, start, end, topic)
  }
}

function isSame(bytes: Uint8Array, source: Uint8Array, start: number, end: number): boolean {
  const length = bytes.length
  if (length !== end - start) return false
  // From the end: topics of one family differ late.
  for (let index = length - 1; index >= 0; index--) {
    if (bytes[index] !== source[start + index]) return false
  }
  return true
}

function hash(source: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let index = start; index < end; index++) value = (Math.imul(value, 31) + source[index]!) | 0
  return value ^ (value >>> 15)
}
