// One open event stream. Each kind of event gathers what is new and is sent at most so often, so that a watcher gets
// a few events a second however much happens; while the watcher does not read, nothing is sent and what is gathered
// stays within the limits of its kind.
import { Readable } from 'node:stream'
import type { Clock, Timer } from '../lib/clock.ts'

const heartbeatMs = 15_000
/** How soon a browser comes back when the stream has ended, milliseconds. */
const retryMs = 1_000

/** One kind of event on a stream. */
export interface EventSource {
  /** What the next event has in it, JSON text, and the id to resume from; undefined when there is nothing new. */
  take(): { data: string; id?: string } | undefined
}

interface Channel {
  readonly name: string
  readonly intervalMs: number
  readonly source: EventSource
  timer: Timer | undefined
  isDue: boolean
}

export class EventStream extends Readable {
  readonly #clock: Clock
  readonly #onClosed: () => void
  readonly #channels: Channel[] = []
  #wantsMore = true
  #heartbeat: Timer | undefined

  constructor(clock: Clock, onClosed: () => void) {
    super({ encoding: 'utf8' })
    this.#clock = clock
    this.#onClosed = onClosed
    this.push(`retry: ${retryMs}\n: events follow\n\n`)
    this.#beatLater()
  }

  /** Adds a kind of event.
   *  @param intervalMs between two events of it, at least.
   *  @returns what is to be called when there is something new. */
  channel(name: string, intervalMs: number, source: EventSource): () => void {
    const channel: Channel = { name, intervalMs, source, timer: undefined, isDue: false }
    this.#channels.push(channel)
    return () => {
      if (this.destroyed) return
      channel.timer ??= this.#clock.after(intervalMs, () => {
        channel.timer = undefined
        channel.isDue = true
        if (this.#wantsMore) this.#send(channel)
      })
    }
  }

  #send(channel: Channel): void {
    if (this.destroyed) return
    channel.isDue = false
    const event = channel.source.take()
    if (event === undefined) return
    const id = event.id === undefined ? '' : `id: ${event.id}\n`
    this.#wantsMore = this.push(`event: ${channel.name}\n${id}data: ${event.data}\n\n`)
  }

  override _read(): void {
    this.#wantsMore = true
    for (const channel of this.#channels) {
      if (channel.isDue && this.#wantsMore) this.#send(channel)
    }
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    for (const { timer } of this.#channels) timer?.cancel()
    this.#heartbeat?.cancel()
    this.#onClosed()
    done(error)
  }

  /** Ends the stream because the hub stops, or the watcher may not watch any more. */
  finish(): void {
    this.push(null)
    this.destroy()
  }

  #beatLater(): void {
    this.#heartbeat = this.#clock.after(heartbeatMs, () => {
      if (this.#wantsMore) this.#wantsMore = this.push(': still here\n\n')
      this.#beatLater()
    })
  }
}
