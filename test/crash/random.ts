// Chance with a seed, so that a drill that failed can be repeated with the same choices.

export interface Random {
  /** From 0 up to 1, exclusive. */
  next(): number
  /** A whole number from 0 up to `below`, exclusive. */
  below(below: number): number
  /** True with this probability. */
  chance(probability: number): boolean
}

/** mulberry32: small, and good enough to choose moments. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    below: (below) => Math.floor(next() * below),
    chance: (probability) => next() < probability,
  }
}
