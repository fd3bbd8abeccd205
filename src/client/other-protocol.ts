// What answers where an MQTT broker was expected, told from its first bytes: so that a person who took the wrong port
// hears what it is for.

const greetings: readonly [beginning: RegExp, name: string][] = [
  [/^HTTP\//, 'HTTP'],
  [/^\x15\x03/, 'TLS'],
  [/^AMQP/, 'AMQP'],
  [/^SSH-/, 'SSH'],
  [/^[+-](OK|ERR|PONG)/, 'the protocol of Redis'],
  [/^(220|530|554)[ -]/, 'the protocol of a mail or FTP server'],
]
const bytesMax = 16

/** Undefined for what is not known. @param bytes the first that came. */
export function otherProtocol(bytes: Uint8Array): string | undefined {
  const beginning = Buffer.from(bytes.subarray(0, bytesMax)).toString('latin1')
  return greetings.find(([greeting]) => greeting.test(beginning))?.[1]
}
