// Addresses of the network as limits and trust need them: one spelling for each, whose they are, and lists of
// addresses and ranges as people write them.
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'

/** An address in its plain form: an IPv4 one that came over an IPv6 socket loses its prefix. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  return mapped ?? address
}

/** Whose address it is, for counting: one IPv4 address, or the /64 that an IPv6 address belongs to, since
 *  whoever has one IPv6 address has all of its network. */
export function addressOwner(address: string): string {
  const plain = plainAddress(address)
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.replace(/%.*$/, '').split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const behind = tail === '' ? 0 : tail.split(':').length
    while (groups.length + behind < 8) groups.push('0')
  }
  return `${groups.slice(0, 4).join(':')}::/64`
}

/** Whether it is an address and not a name. */
export function isAddress(host: string): boolean {
  return isIP(host) !== 0
}

export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || plainAddress(address).startsWith('127.')
}

/** Whether it can stand in a list: an address, or a range such as 10.0.0.0/8. */
export function isAddressRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  if (isIP(address) === 0 || rest.length > 0) return false
  if (prefix === undefined) return true
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (isIPv4(address) ? 32 : 128)
}

/** Addresses and ranges, each checked by `isAddressRange` before. */
export class AddressList {
  readonly #list = new BlockList()

  constructor(ranges: readonly string[]) {
    for (const range of ranges) {
      const [address = '', prefix] = range.split('/')
      const family = isIPv4(address) ? 'ipv4' : 'ipv6'
      if (prefix === undefined) this.#list.addAddress(address, family)
      else this.#list.addSubnet(address, Number(prefix), family)
    }
  }

  includes(address: string): boolean {
    const plain = plainAddress(address)
    return this.#list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6')
  }
}
