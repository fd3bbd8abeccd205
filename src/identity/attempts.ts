// Counts wrong secrets by whatever they are counted by, so that guessing is slow without shutting anybody else out.

const windowMs = 60_000
/** Keys remembered; beyond it the one that began to guess first is forgotten. */
const keysMax = 10_000

interface Guesses {
  wrong: number
  endsMs: number
}

export class Attempts {
  readonly #wrongMax: number
  readonly #guesses = new Map<string, Guesses>()

  /** @param wrongMax wrong ones within a minute, after which more are not looked at. */
  constructor(wrongMax: number) {
    this.#wrongMax = wrongMax
  }

  /** Seconds until this one may try again; 0 when it may now. */
  waitSeconds(key: string, nowMs: number): number {
    const guesses = this.#guesses.get(key)
    if (guesses === undefined || guesses.wrong < this.#wrongMax || guesses.endsMs <= nowMs) return 0
    return Math.ceil((guesses.endsMs - nowMs) / 1000)
  }

  countWrong(key: string, nowMs: number): void {
    const guesses = this.#guesses.get(key)
    if (guesses !== undefined && guesses.endsMs > nowMs) {
      guesses.wrong++
      return
    }
    this.#guesses.delete(key)
    if (this.#guesses.size >= keysMax) {
      const oldest = this.#guesses.keys().next()
      if (oldest.done !== true) this.#guesses.delete(oldest.value)
    }
    this.#guesses.set(key, { wrong: 1, endsMs: nowMs + windowMs })
  }
}

/** IPv4 addresses stand for themselves; of IPv6 the first 64 bits, since one host has all the others. */
export function networkOf(address: string): string {
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1)
  const [head = '', tail = ''] = address.split('%')[0].split('::')
  const left = head.split(':').filter((group) => group !== '')
  const right = tail.split(':').filter((group) => group !== '')
  const zeros = Math.max(0, 8 - left.length - right.length)
  return [...left, ...Array<string>(zeros).fill('0'), ...right].slice(0, 4).join(':')
}
