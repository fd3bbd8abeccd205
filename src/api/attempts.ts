// Counts wrong secrets by address, so that guessing is slow without shutting anybody else out.

const wrongMax = 10
const windowMs = 60_000
/** Addresses remembered; beyond it the one that began to guess first is forgotten. */
const addressesMax = 10_000

interface Guesses {
  wrong: number
  endsMs: number
}

export class Attempts {
  readonly #byAddress = new Map<string, Guesses>()

  /** Seconds until this address may try again; 0 when it may now. */
  waitSeconds(address: string, nowMs: number): number {
    const guesses = this.#byAddress.get(network(address))
    if (guesses === undefined || guesses.wrong < wrongMax || guesses.endsMs <= nowMs) return 0
    return Math.ceil((guesses.endsMs - nowMs) / 1000)
  }

  countWrong(address: string, nowMs: number): void {
    const key = network(address)
    const guesses = this.#byAddress.get(key)
    if (guesses !== undefined && guesses.endsMs > nowMs) {
      guesses.wrong++
      return
    }
    this.#byAddress.delete(key)
    if (this.#byAddress.size >= addressesMax) {
      const oldest = this.#byAddress.keys().next()
      if (oldest.done !== true) this.#byAddress.delete(oldest.value)
    }
    this.#byAddress.set(key, { wrong: 1, endsMs: nowMs + windowMs })
  }
}

/** IPv4 addresses stand for themselves; of IPv6 the first 64 bits, since one host has all the others. */
function network(address: string): string {
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1)
  const [head = '', tail = ''] = address.split('%')[0].split('::')
  const left = head.split(':').filter((group) => group !== '')
  const right = tail.split(':').filter((group) => group !== '')
  const zeros = Math.max(0, 8 - left.length - right.length)
  return [...left, ...Array<string>(zeros).fill('0'), ...right].slice(0, 4).join(':')
}
