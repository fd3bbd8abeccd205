// Waiting for the store on behalf of a client, who wants an answer some day: after the deadline it gets
// "not stored yet", never "stored".
import { AckstoneError } from '../errors.ts'
import type { Ingest, Ticket } from '../ingest/contract.ts'
import type { Clock } from '../lib/clock.ts'

/** Resolves once the batch is stored. @throws ACK_DEADLINE when that takes too long. */
export async function storedWithin(
  ingest: Ingest,
  ticket: Ticket,
  clock: Clock,
  deadlineMs: number,
): Promise<void> {
  await within(ingest.stored(ticket), clock, deadlineMs)
}

/** Resolves once ingest has room. @throws ACK_DEADLINE when that takes too long. */
export async function roomWithin(ingest: Ingest, clock: Clock, deadlineMs: number): Promise<void> {
  const endsMs = clock.monotonicMs() + deadlineMs
  while (ingest.isFull) {
    const room = new Promise<void>((resolve) => ingest.onRoom(resolve))
    await within(room, clock, endsMs - clock.monotonicMs())
  }
}

/** Waits for a promise. @throws ACK_DEADLINE when that takes too long. */
export async function within<T>(promise: Promise<T>, clock: Clock, deadlineMs: number): Promise<T> {
  const { promise: deadline, reject } = Promise.withResolvers<never>()
  const seconds = Math.max(1, Math.round(deadlineMs / 1000))
  const timer = clock.after(Math.max(0, deadlineMs), () =>
    reject(new AckstoneError('ACK_DEADLINE', { waited: seconds })),
  )
  try {
    return await Promise.race([promise, deadline])
  } finally {
    timer.cancel()
  }
}
