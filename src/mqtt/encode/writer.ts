// Where a packet is written before its length is known. There is one, because encoding is synchronous: the
// packet is copied out at its exact size, and a payload is copied once, by whoever knows where it goes.
import { assert } from '../../lib/assert.ts'

/** The fixed header is written backwards into this much room in front of the body. */
const headerBytesMax = 5
const scratchBytes = 4096
/** A scratch that has grown beyond this is given back after the packet. */
const scratchBytesKept = 65_536
/** Remaining Length ends here, section 2.1.4. */
const remainingMax = 268_435_455
/** Strings up to this length are written character by character, which is quicker than a native call. */
const shortText = 48

export class Writer {
  #bytes = Buffer.allocUnsafeSlow(scratchBytes)
  #at = headerBytesMax

  /** Begins a packet. */
  begin(): this {
    this.#at = headerBytesMax
    return this
  }

  uint8(value: number): void {
    assert((value & 0xff) === value, 'a byte is 0 to 255')
    this.#room(1)
    this.#bytes[this.#at++] = value
  }

  uint16(value: number): void {
    assert((value & 0xffff) === value, 'a two byte integer is 0 to 65,535')
    this.#room(2)
    this.#bytes[this.#at++] = value >>> 8
    this.#bytes[this.#at++] = value & 0xff
  }

  uint32(value: number): void {
    assert(value >>> 0 === value, 'a four byte integer is 0 to 4,294,967,295')
    this.#room(4)
    this.#at = this.#bytes.writeUInt32BE(value, this.#at)
  }

  /** 1 to 65,535. [MQTT-2.2.1-3] [MQTT-2.2.1-4] */
  packetId(value: number): void {
    assert(value >= 1, 'a packet identifier is not 0')
    this.uint16(value)
  }

  /** Variable Byte Integer in its shortest form. [MQTT-1.5.5-1] */
  variable(value: number): void {
    this.#room(4)
    this.#at = writeVariable(this.#bytes, this.#at, value)
  }

  /** UTF-8 Encoded String. [MQTT-1.5.4-1] [MQTT-1.5.4-2] */
  string(text: string): void {
    assert(text.length <= 0xffff, 'a string has at most 65,535 bytes')
    this.#room(2 + 3 * text.length)
    const start = this.#at + 2
    const end = text.length <= shortText ? this.#short(text, start) : this.#long(text, start)
    const length = end - start
    assert(length <= 0xffff, 'a string has at most 65,535 bytes')
    this.#bytes[start - 2] = length >>> 8
    this.#bytes[start - 1] = length & 0xff
    this.#at = end
  }

  /** Binary Data. */
  binary(bytes: Uint8Array): void {
    this.uint16(bytes.length)
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** Writes what `write` writes, with its length as a Variable Byte Integer in front. */
  measured(write: () => void): void {
    this.#room(1)
    const start = ++this.#at
    write()
    const length = this.#at - start
    if (length > 0x7f) {
      // The length needs more room than the one byte kept for it: the content moves on.
      const extra = variableBytes(length) - 1
      this.#room(extra)
      this.#bytes.copyWithin(start + extra, start, this.#at)
      this.#at += extra
    }
    writeVariable(this.#bytes, start - 1, length)
  }

  /** The packet: fixed header, what was written, and source[payloadStart, payloadEnd). */
  finish(first: number, source?: Buffer, payloadStart = 0, payloadEnd = 0): Buffer {
    const remaining = this.#at - headerBytesMax + payloadEnd - payloadStart
    assert(remaining <= remainingMax, 'a packet has at most 268,435,455 bytes after its fixed header')
    const start = headerBytesMax - 1 - variableBytes(remaining)
    const scratch = this.#bytes
    scratch[start] = first
    writeVariable(scratch, start + 1, remaining)
    const headBytes = this.#at - start
    const packet = Buffer.allocUnsafe(headBytes + payloadEnd - payloadStart)
    scratch.copy(packet, 0, start, this.#at)
    source?.copy(packet, headBytes, payloadStart, payloadEnd)
    if (scratch.length > scratchBytesKept) this.#bytes = Buffer.allocUnsafeSlow(scratchBytes)
    return packet
  }

  #short(text: string, start: number): number {
    const bytes = this.#bytes
    let at = start
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index)
      if (unit > 0x7f) return this.#long(text, start)
      assert(unit !== 0, 'a string has no U+0000')
      bytes[at++] = unit
    }
    return at
  }

  // An unpaired surrogate becomes U+FFFD here, so that no ill-formed string leaves.
  #long(text: string, start: number): number {
    assert(!text.includes('\0'), 'a string has no U+0000')
    return start + this.#bytes.write(text, start, 'utf8')
  }

  #room(bytes: number): void {
    const wanted = this.#at + bytes
    if (wanted <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(wanted, 2 * this.#bytes.length))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}

function variableBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4
}

function writeVariable(target: Uint8Array, start: number, value: number): number {
  assert(value >>> 0 === value && value <= remainingMax, 'a variable byte integer is 0 to 268,435,455')
  let at = start
  let rest = value
  while (rest > 0x7f) {
    target[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  target[at++] = rest
  return at
}
