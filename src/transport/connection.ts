// The rim between sockets and sessions. A session never sees a socket, so tests and the simulator
// drive it with a connection of their own.

/** What a connection tells its owner. Calls never overlap; none comes after `closed`. */
export interface ConnectionHandler {
  /** Bytes that arrived. The buffer is the handler's to keep. */
  bytes(chunk: Buffer): void
  /** The outgoing buffer, once full, is empty again. */
  drained(): void
  /** The other side sends no more but may still read. A handler without it ends the connection at once. */
  ended?(): void
  /** The end, once; an error names why when it was not orderly. */
  closed(error: Error | undefined): void
}

/** An X.509 certificate whose chain was verified and whose key the other side has. */
export interface PeerCertificate {
  /** Common name of the subject; empty when it has none. */
  readonly commonName: string
  /** SHA-256 of the certificate, as hexadecimal pairs with colons between them: "AB:CD:…". */
  readonly fingerprint256: string
}

export interface Connection {
  /** For logs: address and port of the other side. */
  readonly remote: string
  readonly isSecure: boolean
  /** The client certificate that the other side has proven to hold; undefined when it showed none. */
  readonly peerCertificate?: PeerCertificate
  /** MQTT 5 reason code with which its CONNECT is to be refused: there are too many connections. */
  readonly refusal?: number
  /** Sends bytes, in order. False: the outgoing buffer is over its mark, wait for `drained`. */
  write(bytes: Uint8Array): boolean
  /** Bytes accepted by `write` and not yet handed to the operating system. */
  readonly bufferedBytes: number
  /** Stop and continue reading: back-pressure on the sender (I7). */
  pause(): void
  resume(): void
  /** Sends what is buffered, then ends the connection. */
  end(): void
  /** Ends the connection now. */
  destroy(): void
}

export interface Listener {
  /** The address it listens on, "host:port". */
  readonly address: string
  close(): Promise<void>
}
