// The PROXY protocol, version 2: how a load balancer tells whom it speaks for, in front of the first byte of
// the connection. Strict: what is not exactly as specified is an error, and nothing is read beyond its end.
// https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt
import type { Socket } from 'node:net'

const signature = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a])
const prefixBytes = 16
/** Addresses and extensions together; balancers send some hundred bytes at most. */
const restBytesMax = 2048

export interface ProxySource {
  address: string
  port: number
}

/** What is wrong with a header, for the log. */
export class ProxyHeaderError extends Error {
  override name = 'ProxyHeaderError'
}

/** How many bytes follow the first 16.
 *  @throws ProxyHeaderError */
export function readPrefix(prefix: Buffer): number {
  if (prefix.length < prefixBytes || !prefix.subarray(0, signature.length).equals(signature)) {
    throw new ProxyHeaderError('the connection does not begin with a PROXY header of version 2')
  }
  const versionAndCommand = prefix[12]!
  if (versionAndCommand !== 0x20 && versionAndCommand !== 0x21) {
    throw new ProxyHeaderError(`version and command are 0x${versionAndCommand.toString(16)}`)
  }
  const length = prefix.readUInt16BE(14)
  if (length > restBytesMax) throw new ProxyHeaderError(`it is ${length} bytes long`)
  return length
}

/** Whom the connection comes from; undefined when it is the balancer's own, such as a health check.
 *  @throws ProxyHeaderError */
export function readSource(prefix: Buffer, rest: Buffer): ProxySource | undefined {
  const isLocal = prefix[12] === 0x20
  const family = prefix[13]!
  const addressBytes = { 0x00: 0, 0x11: 12, 0x21: 36 }[family]
  if (addressBytes === undefined) {
    if (isLocal) return undefined
    throw new ProxyHeaderError(`address family and transport are 0x${family.toString(16)}, not TCP`)
  }
  if (rest.length < addressBytes) throw new ProxyHeaderError('it is too short for its addresses')
  checkExtensions(rest.subarray(addressBytes))
  if (isLocal || addressBytes === 0) return undefined
  if (family === 0x11) return { address: rest.subarray(0, 4).join('.'), port: rest.readUInt16BE(8) }
  return { address: ipv6Text(rest.subarray(0, 16)), port: rest.readUInt16BE(32) }
}

/** Type, length and value, one after the other, to the last byte. What they say is not used. */
function checkExtensions(bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) {
    const end = at + 3 <= bytes.length ? at + 3 + bytes.readUInt16BE(at + 1) : Infinity
    if (end > bytes.length) throw new ProxyHeaderError('an extension goes beyond its end')
    at = end
  }
}

function ipv6Text(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16)).join(':')
  // The one short spelling of an address, as the system gives it.
  return new URL(`http://[${groups}]/`).hostname.slice(1, -1)
}

/** Takes the header off a new connection; what follows it stays in the socket. Calls back once.
 *  @param timeoutMs for the whole header, however it dribbles in. */
export function takeProxyHeader(
  socket: Socket,
  timeoutMs: number,
  done: (result: { source: ProxySource | undefined } | { error: Error }) => void,
): void {
  let prefix: Buffer | undefined
  let restBytes = 0
  const timer = setTimeout(() => finish({ error: new ProxyHeaderError('it took too long') }), timeoutMs)
  const finish = (result: Parameters<typeof done>[0]): void => {
    clearTimeout(timer)
    socket.off('readable', read)
    socket.off('close', closed)
    done(result)
  }
  const closed = (): void => finish({ error: new ProxyHeaderError('the connection ended within it') })
  const read = (): void => {
    try {
      if (prefix === undefined) {
        prefix = (socket.read(prefixBytes) as Buffer | null) ?? undefined
        if (prefix === undefined) return
        restBytes = readPrefix(prefix)
      }
      const rest = restBytes === 0 ? Buffer.alloc(0) : (socket.read(restBytes) as Buffer | null)
      if (rest === null) return
      if (rest.length < restBytes) throw new ProxyHeaderError('the connection ended within it')
      finish({ source: readSource(prefix, rest) })
    } catch (error) {
      if (!(error instanceof ProxyHeaderError)) throw error
      finish({ error })
    }
  }
  socket.on('close', closed)
  socket.on('readable', read)
}
