// A cursor over the body of one packet. Every read checks the packet's end, so no decoder can look beyond it.
import { malformed } from '../malformed-packet.ts'
import { hasControlCharacters } from '../topic.ts'
import { scanText, textHasNull, textIsAscii, textIsIllFormed } from '../utf8.ts'

const nothing = Buffer.alloc(0)

export class Reader {
  source: Buffer = nothing
  at = 0
  end = 0
  /** The packet's name, for sentences. */
  packet = ''

  /** Moves to another packet: the body is source[start, end). */
  over(source: Buffer, start: number, end: number, packet: string): this {
    this.source = source
    this.at = start
    this.end = end
    this.packet = packet
    return this
  }

  get isAtEnd(): boolean {
    return this.at === this.end
  }

  uint8(field: string): number {
    const at = this.#take(1, field)
    return this.source[at]!
  }

  uint16(field: string): number {
    const at = this.#take(2, field)
    return (this.source[at]! << 8) | this.source[at + 1]!
  }

  uint32(field: string): number {
    return this.source.readUInt32BE(this.#take(4, field))
  }

  /** Variable Byte Integer, 0 to 268,435,455. */
  variable(field: string): number {
    let value = 0
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.uint8(field)
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        // [MQTT-1.5.5-1]
        if (byte === 0 && shift > 0) {
          throw malformed(`The ${field} of ${this.packet} takes more bytes than it needs.`, 'MQTT-1.5.5-1')
        }
        return value
      }
    }
    throw malformed(`The ${field} of ${this.packet} has more than four bytes.`)
  }

  /** UTF-8 Encoded String. A leading U+FEFF stays what it is. [MQTT-1.5.4-3] */
  string(field: string): string {
    const length = this.uint16(field)
    const start = this.#take(length, field)
    return readText(this.source, start, start + length, field, this.packet)
  }

  /** Binary Data, copied: it outlives the chunk that it came in. */
  binary(field: string): Uint8Array {
    const length = this.uint16(field)
    const start = this.#take(length, field)
    const copy = new Uint8Array(length)
    copy.set(this.source.subarray(start, start + length))
    return copy
  }

  #take(bytes: number, field: string): number {
    const at = this.at
    if (at + bytes > this.end) throw malformed(`${this.packet} ends within its ${field}.`)
    this.at = at + bytes
    return at
  }
}

/** The text of source[start, end).
 *  @throws MalformedPacket when it is no UTF-8 Encoded String. */
export function readText(source: Buffer, start: number, end: number, field: string, packet: string): string {
  const scan = scanText(source, start, end)
  // [MQTT-1.5.4-1]
  if (scan === textIsIllFormed) {
    throw malformed(`The ${field} of ${packet} is not well-formed UTF-8.`, 'MQTT-1.5.4-1')
  }
  // [MQTT-1.5.4-2]
  if (scan === textHasNull) throw malformed(`The ${field} of ${packet} contains U+0000.`, 'MQTT-1.5.4-2')
  return source.toString(scan === textIsAscii ? 'latin1' : 'utf8', start, end)
}

/** Section 1.5.4 leaves it to a receiver; others refuse them too, and nobody has them in a topic on purpose. */
export function refuseControlCharacters(text: string, field: string, packet: string): void {
  if (hasControlCharacters(text)) throw malformed(`The ${field} of ${packet} has control characters.`)
}
