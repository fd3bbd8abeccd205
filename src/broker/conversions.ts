// How many messages wait for a converter that works elsewhere, over all connections: the hub does not end before
// them.

export class Conversions {
  waiting = 0
  #onNone: (() => void)[] = []

  begins(): void {
    this.waiting++
  }

  ended(): void {
    if (--this.waiting > 0) return
    for (const run of this.#onNone.splice(0)) run()
  }

  /** Resolves when none waits. */
  none(): Promise<void> {
    return this.waiting === 0 ? Promise.resolve() : new Promise((resolve) => this.#onNone.push(resolve))
  }
}
