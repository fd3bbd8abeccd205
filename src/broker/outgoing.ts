// What a connection has to say, collected so that it is written once for a chunk or a commit.
import type { Connection } from '../transport/connection.ts'

/** Packets above this are written one by one instead of being joined. */
const joinedBytesMax = 256 * 1024

export class Outgoing {
  #pieces: Uint8Array[] = []
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0
  }

  add(bytes: Uint8Array): void {
    this.#pieces.push(bytes)
    this.#bytes += bytes.length
  }

  clear(): void {
    this.#pieces = []
    this.#bytes = 0
  }

  /** Writes what was added since the last time, in one piece where that is sensible. False: the connection's
   *  buffer is over its mark. */
  writeTo(connection: Connection): boolean {
    const pieces = this.#pieces
    const isJoined = pieces.length > 1 && this.#bytes <= joinedBytesMax
    this.clear()
    if (isJoined) return connection.write(Buffer.concat(pieces))
    let hasRoom = true
    for (const piece of pieces) hasRoom = connection.write(piece)
    return hasRoom
  }
}
