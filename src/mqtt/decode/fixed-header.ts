// The fixed header as it trickles in: the first byte and one to four bytes of Remaining Length (section 2.1).
import { malformed } from '../malformed-packet.ts'

export class FixedHeader {
  /** -1 while nothing of the packet has come. */
  first = -1
  /** Bytes after the fixed header; final when `isWhole`. */
  remaining = 0
  /** Bytes of the fixed header so far. */
  bytes = 0
  isWhole = false
  /** Remaining Length took more bytes than it needed. */
  isPadded = false

  reset(): void {
    this.first = -1
    this.remaining = 0
    this.bytes = 0
    this.isWhole = false
    this.isPadded = false
  }

  begin(first: number): void {
    this.first = first
    this.bytes = 1
  }

  /** Takes the next byte of Remaining Length. */
  lengthByte(byte: number): void {
    this.remaining |= (byte & 0x7f) << (7 * (this.bytes - 1))
    this.bytes++
    if (byte < 0x80) {
      this.isWhole = true
      this.isPadded = byte === 0 && this.bytes > 2
    } else if (this.bytes === 5) {
      throw malformed('The remaining length of a packet has more than four bytes.')
    }
  }
}
