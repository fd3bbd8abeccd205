// The event stream: readings as they are stored, to as many watchers as are allowed.
import { AckstoneError } from '../../errors.ts'
import { operations } from '../contract.ts'
import { LiveStream } from '../live-stream.ts'
import { parseNames } from '../names.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'
import { deviceBytesMax, namesMax } from '../shapes.ts'

/** @returns what ends all streams, so that the server can close. */
export function liveRoutes(register: Register, { live, clock, limits, identity }: ApiParts): () => void {
  const streams = new Set<LiveStream>()

  register(operations.live, async ({ query, reply, caller }) => {
    const names = parseNames(query.devices, 'devices', deviceBytesMax, namesMax)
    if (streams.size >= limits.liveWatchersMax) throw new AckstoneError('BUSY')
    const stream = new LiveStream(clock, () => {
      stop()
      forget()
      streams.delete(stream)
    })
    const stop = live.watch({ devices: names && new Set(names) }, (runs) => stream.add(runs))
    // Whoever is signed out sees nothing any more.
    const forget = identity.onEnd(caller, () => stream.finish())
    streams.add(stream)
    if (reply.raw.destroyed) stream.destroy()
    else reply.raw.once('close', () => stream.destroy())
    return reply.type('text/event-stream').header('X-Accel-Buffering', 'no').send(stream)
  })

  return () => {
    for (const stream of streams) stream.finish()
  }
}
