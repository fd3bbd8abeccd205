// Packet Identifiers of one session as a client hands them out: 1 to 65,535, each in use once at a time.

const packetIdMax = 65_535

export class PacketIds {
  readonly #inUse = new Set<number>()
  #last: number

  /** @param last identifiers start after this one, 0 to 65,535. A new process starts somewhere else than the
   *  one before it, so that a session that outlived that one doesn't take a new message for an old one. */
  constructor(last: number) {
    this.#last = last
  }

  /** A free identifier; 0 when all 65,535 are in use. */
  take(): number {
    if (this.#inUse.size === packetIdMax) return 0
    let id = this.#last
    do id = id >= packetIdMax ? 1 : id + 1
    while (this.#inUse.has(id))
    this.#inUse.add(id)
    this.#last = id
    return id
  }

  /** An identifier that an earlier process has given out and that is still in use. */
  reserve(id: number): void {
    this.#inUse.add(id)
  }

  release(id: number): void {
    this.#inUse.delete(id)
  }
}
