// Programmer errors stop the process: a hub that is wrong about its own state must not answer.
// Nothing unacknowledged was promised, so stopping is always safe.

/** A broken expectation inside Ackstone itself; never caused by input alone. */
export class AssertionFailure extends Error {
  override name = 'AssertionFailure'
}

/** Checks what must hold. Always on, also in production.
 *  @throws AssertionFailure when the condition is false. */
export function assert(condition: boolean, mustHold: string): asserts condition {
  if (!condition) throw new AssertionFailure(`assertion failed: ${mustHold}`)
}

/** Marks a branch that the type system has ruled out. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`unreachable value: ${String(value)}`)
}
