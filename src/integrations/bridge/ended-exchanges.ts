// Which exchanges at QoS 2 have ended for the other broker as well: it answers PUBREC with PUBREL, so it has read all
// that was sent before that PUBREC, the PUBCOMP of other messages among it. What it has read of a connection that
// broke meanwhile is not known.

/** As many as there are packet identifiers. */
const waitingMax = 65_535

export class EndedExchanges {
  /** By packet identifier, the number of a PUBCOMP that has joined the answers and may not have been read; oldest
   *  first. */
  readonly #completed = new Map<number, number>()
  /** By packet identifier of a PUBREC, how many PUBCOMP went before it. */
  readonly #before = new Map<number, number>()
  #count = 0

  connectionBegins(): void {
    this.#completed.clear()
    this.#before.clear()
  }

  /** PUBREC joins the answers. Of several, PUBREL may answer the first. */
  received(packetId: number): void {
    this.#completed.delete(packetId)
    if (!this.#before.has(packetId)) this.#before.set(packetId, this.#count)
  }

  /** PUBCOMP joins the answers. */
  completed(packetId: number): void {
    this.#completed.delete(packetId)
    if (this.#completed.size < waitingMax) this.#completed.set(packetId, ++this.#count)
  }

  /** PUBREL came. Calls back with the identifiers whose PUBCOMP is known to have been read. */
  released(packetId: number, onEnd: (packetId: number) => void): void {
    const before = this.#before.get(packetId) ?? 0
    this.#before.delete(packetId)
    for (const [each, number] of this.#completed) {
      if (number > before) return
      this.#completed.delete(each)
      onEnd(each)
    }
  }
}
