// The devices whose first steps somebody waits for: a bounded number, each until nobody has asked for a while.
import type { Delivery } from '../delivery/delivery.ts'
import type { Clock, Timer } from '../lib/clock.ts'
import { DeviceSteps } from './steps.ts'

/** Devices that are looked at closely at a time; the one asked for longest ago gives way. */
export const observedMax = 20
const idleMs = 60_000

interface Observed {
  steps: DeviceSteps
  end: () => void
  timer: Timer
}

export class ObservedDevices {
  readonly #delivery: Delivery
  readonly #clock: Clock
  /** Asked for longest ago first. */
  readonly #observed = new Map<string, Observed>()

  constructor(delivery: Delivery, clock: Clock) {
    this.#delivery = delivery
    this.#clock = clock
  }

  /** The steps of a device, which is looked at closely from now on. */
  of(device: string): DeviceSteps {
    const known = this.#observed.get(device)
    known?.timer.cancel()
    this.#observed.delete(device)
    if (known === undefined && this.#observed.size >= observedMax) {
      const [oldest] = this.#observed.keys()
      this.#forget(oldest!)
    }
    const steps = known?.steps ?? new DeviceSteps(device, this.#delivery)
    const end = known?.end ?? this.#delivery.traces.tap(steps) ?? (() => undefined)
    const timer = this.#clock.after(idleMs, () => this.#forget(device))
    this.#observed.set(device, { steps, end, timer })
    return steps
  }

  #forget(device: string): void {
    const observed = this.#observed.get(device)
    if (observed === undefined) return
    observed.timer.cancel()
    observed.end()
    this.#observed.delete(device)
  }
}
