// Changes of one thing, made one at a time: each sees what the one before it has left.

export class Changes {
  #last: Promise<unknown> = Promise.resolve()

  /** Runs `change` after those given before it, and settles as it does. */
  inTurn<R>(change: () => Promise<R>): Promise<R> {
    const result = this.#last.then(change)
    this.#last = result.then(
      () => undefined,
      // Whoever asked for that change gets its error; the next one is not concerned.
      () => undefined,
    )
    return result
  }
}
