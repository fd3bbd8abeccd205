// Makes strings of names that come again and again (telemetry keys, devices of a gateway) without making
// them anew: bytes are compared with names seen before. A bounded memory of names only; it decides how
// fast a message is read, never what is read.
import { isUtf8 } from 'node:buffer'

/** A name that was seen, as bytes and as the string they stand for. */
export class InternedName {
  /** A plain array: a typed array's length and place cost more to look up than these bytes to compare. */
  readonly bytes: readonly number[]
  readonly length: number
  readonly text: string
  /** What the owner of the table makes of this name; 0 for nothing special. */
  readonly role: number
  readonly hash: number
  /** The name that came after this one last time: the first guess for what comes next. */
  next: InternedName | undefined = undefined
  /** Mark of the object in which the name was last met, so that duplicates are noticed. */
  seenIn = -1

  constructor(bytes: readonly number[], text: string, role: number, hash: number) {
    this.bytes = bytes
    this.length = bytes.length
    this.text = text
    this.role = role
    this.hash = hash
  }
}

/** Slots tried for one name; more would let chosen names make every look-up slow. */
const probesMax = 8
/** Room enough that eight slots are tried in vain only by names chosen for it. */
const slotsPerName = 4
/** A power of two, like every number of slots. */
const slotsMin = 64

export class InternTable {
  readonly #namesMax: number
  readonly #nameBytesMax: number
  readonly #roleOf: (name: string) => number | undefined
  #slots: (InternedName | undefined)[] = []
  #count = 0
  /** A name found no room: time to forget. */
  isFull = false

  /** @param namesMax a table that is full has to forget them all.
   *  @param roleOf gives a new name its role; undefined keeps it out of the table. */
  constructor(namesMax: number, nameBytesMax: number, roleOf: (name: string) => number | undefined) {
    this.#namesMax = namesMax
    this.#nameBytesMax = nameBytesMax
    this.#roleOf = roleOf
  }

  /** Forgets the names given out before. Between messages only: within one they mark duplicates. */
  forget(): void {
    this.#slots = []
    this.#count = 0
    this.isFull = false
  }

  /** The name in source[at, …) up to the quote that closes it; undefined when it is none this table keeps:
   *  empty, too long, with escapes, not UTF-8, without a role, or when there is no room. */
  find(source: Buffer, at: number, end: number): InternedName | undefined {
    const most = Math.min(end, at + this.#nameBytesMax + 1)
    let closing = at
    let hash = 0
    for (;;) {
      if (closing >= most) return undefined
      const byte = source[closing]
      if (byte === 0x22) break
      if (byte === 0x5c || byte < 0x20) return undefined
      hash = (Math.imul(hash, 31) + byte) | 0
      closing++
    }
    return closing === at ? undefined : this.#lookUp(source, at, closing, hash)
  }

  #lookUp(source: Buffer, at: number, closing: number, hash: number): InternedName | undefined {
    if (this.#count * slotsPerName >= this.#slots.length) this.#grow()
    let slot = this.#firstSlot(hash)
    for (let probe = 0; probe < probesMax; probe++) {
      const name = this.#slots[slot]
      if (name === undefined) return this.#learn(source, at, closing, hash, slot)
      if (name.length === closing - at && isNameAt(name, source, at)) return name
      slot = (slot + 1) & (this.#slots.length - 1)
    }
    return undefined
  }

  #learn(source: Buffer, at: number, closing: number, hash: number, slot: number): InternedName | undefined {
    const bytes = new Uint8Array(source.subarray(at, closing))
    if (!isUtf8(bytes)) return undefined
    const text = source.toString('utf8', at, closing)
    const role = this.#roleOf(text)
    if (role === undefined) return undefined
    if (this.#count === this.#namesMax) {
      this.isFull = true
      return undefined
    }
    const name = new InternedName(Array.from(bytes), text, role, hash)
    this.#slots[slot] = name
    this.#count++
    return name
  }

  /** The multiplication spreads names that differ in their last bytes only. */
  #firstSlot(hash: number): number {
    return (Math.imul(hash, 0x9e3779b1) >>> 8) & (this.#slots.length - 1)
  }

  #grow(): void {
    const before = this.#slots
    this.#slots = new Array<undefined>(Math.max(slotsMin, before.length * 2)).fill(undefined)
    for (const name of before) {
      if (name === undefined) continue
      let slot = this.#firstSlot(name.hash)
      while (this.#slots[slot] !== undefined) slot = (slot + 1) & (this.#slots.length - 1)
      this.#slots[slot] = name
    }
  }
}

/** Whether source has this name at `at`. */
export function isNameAt(name: InternedName, source: Buffer, at: number): boolean {
  const { bytes, length } = name
  for (let i = 0; i < length; i++) {
    if (source[at + i] !== bytes[i]) return false
  }
  return true
}
