// What becomes of messages that nobody waits for: the same for all of them.
import type { Outcome } from './contract.ts'

/** No integration wants it. */
export const notWanted: Outcome = Object.freeze({
  ticket: 0,
  isWanted: false,
  isStoredFirst: false,
  rejection: undefined,
})

/** It is wanted, and no answer waits for it. */
export const notAwaited: Outcome = Object.freeze({
  ticket: 0,
  isWanted: true,
  isStoredFirst: false,
  rejection: undefined,
})
