// Network addresses as numbers: which one a connection comes from, and which network it is in.

const v4Bits = 32n
const v6Bits = 128n
/** IPv4 addresses as IPv6 has them: ::ffff:0:0/96. */
const v4InV6 = 0xffffn << v4Bits

export interface Network {
  base: bigint
  /** Of 128; IPv4 counts 96 more than it is written with. */
  prefix: number
}

/** The host of "host:port" and "[host]:port". */
export function hostOf(remote: string): string {
  const colon = remote.lastIndexOf(':')
  return remote.slice(0, colon === -1 ? undefined : colon).replace(/^\[|\]$/g, '')
}

/** An address as a number of 128 bits; undefined when it isn't one. */
export function parseAddress(text: string): bigint | undefined {
  const [plain = ''] = text.split('%')
  if (!plain.includes(':')) {
    const v4 = parseV4(plain)
    return v4 === undefined ? undefined : v4InV6 | v4
  }
  return parseV6(plain)
}

/** `203.0.113.7`, `203.0.113.0/24`, `2001:db8::/32`; undefined when it isn't one. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', bits, ...rest] = text.split('/')
  const base = parseAddress(address)
  if (base === undefined || rest.length > 0) return undefined
  const most = address.includes(':') ? 128 : 32
  if (bits === undefined) return { base, prefix: 128 }
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > most) return undefined
  const prefix = Number(bits) + 128 - most
  return { base: startOf(base, prefix), prefix }
}

export function startOf(address: bigint, prefix: number): bigint {
  const shift = v6Bits - BigInt(prefix)
  return (address >> shift) << shift
}

/** Whether a connection comes from this machine. */
export function isLoopback(remote: string): boolean {
  const address = parseAddress(hostOf(remote))
  return address === 1n || (address !== undefined && address >> 24n === ((0xffffn << 8n) | 127n))
}

/** Who counts as one: an IPv4 address, or the first 64 bits of an IPv6 address, since a host has all others. */
export function neighbourhood(remote: string): string {
  const address = parseAddress(hostOf(remote))
  if (address === undefined) return remote
  const isV4 = address >> v4Bits === 0xffffn
  return (isV4 ? address : startOf(address, 64)).toString(36)
}

function parseV4(text: string): bigint | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  const bytes = match?.slice(1).map(Number)
  if (bytes === undefined || bytes.some((byte) => byte > 255)) return undefined
  return bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n)
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [left, right] = [groupsOf(halves[0] ?? '', halves.length === 1), groupsOf(halves[1] ?? '', true)]
  if (left === undefined || right === undefined) return undefined
  const missing = 8 - left.length - right.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...left, ...Array<bigint>(missing).fill(0n), ...right]
  return groups.reduce((number, group) => (number << 16n) | group, 0n)
}

/** @param isLast its end may be written as an IPv4 address. */
function groupsOf(text: string, isLast: boolean): bigint[] | undefined {
  if (text === '') return []
  const groups: bigint[] = []
  const written = text.split(':')
  for (const [at, group] of written.entries()) {
    const v4 = isLast && at === written.length - 1 ? parseV4(group) : undefined
    if (v4 !== undefined) groups.push(v4 >> 16n, v4 & 0xffffn)
    else if (/^[0-9a-f]{1,4}$/i.test(group)) groups.push(BigInt(`0x${group}`))
    else return undefined
  }
  return groups
}
