// The packets of the benchmark, built before the clock runs: afterwards only the digits of the timestamp and
// of the two values change, in place.

export const topic = 'v1/devices/me/telemetry'

const payload = '{"ts":1700000000000,"values":{"temp":21.53,"hum":48.27}}'
const tsStart = payload.indexOf('1700000000000')
export const tsDigits = 13
const tempFraction = payload.indexOf('.53') + 1
const humFraction = payload.indexOf('.27') + 1

const digitZero = 0x30

/** CONNECT of MQTT 3.1.1 with a clean session and no keep-alive. */
export function connectPacket(clientId: string): Buffer {
  const id = Buffer.from(clientId)
  const head = Buffer.from([0x10, 12 + id.length, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, id.length])
  return Buffer.concat([head, id])
}

export const pingreqPacket = Buffer.from([0xc0, 0])
export const disconnectPacket = Buffer.from([0xe0, 0])

/** What differs besides the payload. */
export interface PacketLayout {
  /** Topic names of one length. */
  topicOf: (slot: number) => string
  /** In 5, an empty list of properties stands before the payload. */
  version: 4 | 5
}

/** PUBLISH packets side by side, one for each slot of a window. The packet identifier is the slot plus one:
 *  a slot is used again only when its message is done with, so its identifier is free by then. */
export class PublishRing {
  readonly bytes: Buffer
  readonly packetBytes: number
  readonly slots: number
  readonly #payloadStart: number
  #random: number

  /** @param firstTs milliseconds; message n of the connection carries firstTs + n. */
  constructor(
    slots: number,
    qos: 0 | 1 | 2,
    firstTs: number,
    seed: number,
    layout: PacketLayout = { topicOf: () => topic, version: 4 },
  ) {
    const idBytes = qos === 0 ? 0 : 2
    const propertyBytes = layout.version === 5 ? 1 : 0
    const headBytes = 4 + Buffer.byteLength(layout.topicOf(0)) + idBytes + propertyBytes
    const remaining = headBytes - 2 + payload.length
    if (remaining > 127) throw new Error('the packet must keep its one-byte Remaining Length')
    this.packetBytes = 2 + remaining
    this.slots = slots
    this.bytes = Buffer.alloc(this.packetBytes * slots)
    this.#payloadStart = headBytes
    this.#random = seed
    for (let slot = 0; slot < slots; slot++) {
      const start = slot * this.packetBytes
      const topicBytes = Buffer.from(layout.topicOf(slot))
      this.bytes[start] = 0x30 | (qos << 1)
      this.bytes[start + 1] = remaining
      this.bytes.writeUInt16BE(topicBytes.length, start + 2)
      topicBytes.copy(this.bytes, start + 4)
      if (qos > 0) this.bytes.writeUInt16BE(slot + 1, start + 4 + topicBytes.length)
      this.bytes.write(payload, start + this.#payloadStart)
      this.bytes.write(String(firstTs + slot), start + this.#payloadStart + tsStart)
      this.#patchValues(start + this.#payloadStart)
    }
  }

  /** Makes the slots from `from` up to `to` their next messages: the timestamp moves on by one window. */
  advance(from: number, to: number): void {
    for (let slot = from; slot < to; slot++) {
      const at = slot * this.packetBytes + this.#payloadStart
      let carry = this.slots
      for (let digit = at + tsStart + tsDigits - 1; carry > 0; digit--) {
        const sum = (this.bytes[digit] ?? 0) - digitZero + carry
        carry = (sum / 10) | 0
        this.bytes[digit] = digitZero + (sum - carry * 10)
      }
      this.#patchValues(at)
    }
  }

  #patchValues(at: number): void {
    const bytes = this.bytes
    this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) & 0x7fff_ffff
    const temp = (this.#random >>> 8) % 100
    const hum = (this.#random >>> 18) % 100
    const tempTens = (temp / 10) | 0
    const humTens = (hum / 10) | 0
    bytes[at + tempFraction] = digitZero + tempTens
    bytes[at + tempFraction + 1] = digitZero + temp - tempTens * 10
    bytes[at + humFraction] = digitZero + humTens
    bytes[at + humFraction + 1] = digitZero + hum - humTens * 10
  }

  range(from: number, to: number): Buffer {
    return this.bytes.subarray(from * this.packetBytes, to * this.packetBytes)
  }
}

/** PUBREL packets side by side, with the identifiers of the slots. */
export function pubrelRing(slots: number): Buffer {
  const bytes = Buffer.alloc(slots * 4)
  for (let slot = 0; slot < slots; slot++) {
    bytes[slot * 4] = 0x62
    bytes[slot * 4 + 1] = 2
    bytes.writeUInt16BE(slot + 1, slot * 4 + 2)
  }
  return bytes
}
