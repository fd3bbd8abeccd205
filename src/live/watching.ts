// What whoever watches the hub is given: the API opens it for people, and it costs nothing while nobody looks.
import type { Delivery } from '../delivery/delivery.ts'
import { History } from '../delivery/history.ts'
import type { Trace } from '../delivery/trace.ts'
import type { TraceFilter } from '../delivery/traces.ts'
import type { Clock } from '../lib/clock.ts'
import { Listenings } from './listenings.ts'
import { ObservedDevices } from './observed-devices.ts'
import { Presence } from './presence.ts'
import { Pulse } from './pulse.ts'
import { SeenDevices } from './seen-devices.ts'
import { Traffic } from './traffic.ts'

export class Watching {
  readonly presence: Presence
  readonly pulse: Pulse
  readonly history: History
  readonly observed: ObservedDevices
  readonly listenings: Listenings
  readonly #delivery: Delivery

  /** @param newId an identifier that nobody guesses. */
  constructor(delivery: Delivery, clock: Clock, newId: () => string) {
    this.#delivery = delivery
    this.presence = new Presence(clock)
    this.pulse = new Pulse(delivery.total, clock)
    this.history = new History(delivery.total, clock)
    this.observed = new ObservedDevices(delivery, clock)
    this.listenings = new Listenings(delivery.traces, clock, newId)
  }

  /** Messages as they come in; to be ended. */
  traffic(filter: TraceFilter, after: Trace | undefined, onNews: () => void): Traffic {
    return new Traffic(this.#delivery, filter, after, onNews)
  }

  seenDevices(): SeenDevices {
    return new SeenDevices()
  }
}
