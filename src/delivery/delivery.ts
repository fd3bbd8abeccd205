// The delivery record of the hub since it first started: total, by integration, by device. It tells whether
// what was acknowledged is what is stored.
import type { Clock } from '../lib/clock.ts'
import { Figures, type DeliveryFigures } from './figures.ts'
import { Marks } from './marks.ts'
import { PromiseRecord } from './promise.ts'
import { Traces } from './traces.ts'

/** Devices with figures of their own; beyond it the one created first is forgotten. */
export const devicesWithFiguresMax = 100_000

export class Delivery {
  readonly total: Figures
  readonly promise: PromiseRecord
  readonly traces: Traces
  readonly marks: Marks
  readonly #integrations = new Map<string, Figures>()
  readonly #devices = new Map<string, Figures>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
    this.total = new Figures(clock.nowUs())
    this.promise = new PromiseRecord(clock.nowUs())
    this.traces = new Traces(clock)
    this.marks = new Marks(clock.nowUs())
  }

  /** The counters of an integration; created when first asked for. */
  ofIntegration(id: string): Figures {
    let figures = this.#integrations.get(id)
    if (figures === undefined) {
      figures = new Figures(this.#clock.nowUs())
      this.#integrations.set(id, figures)
    }
    return figures
  }

  /** The counters of a device; created when first asked for. */
  ofDevice(id: string): Figures {
    let figures = this.#devices.get(id)
    if (figures === undefined) {
      if (this.#devices.size >= devicesWithFiguresMax) {
        const oldest = this.#devices.keys().next()
        if (!oldest.done) this.#devices.delete(oldest.value)
      }
      figures = new Figures(this.#clock.nowUs())
      this.#devices.set(id, figures)
    }
    return figures
  }

  forgetIntegration(id: string): void {
    this.#integrations.delete(id)
  }

  figures(): DeliveryFigures {
    return this.total.snapshot()
  }

  /** Undefined for an integration through which nothing has come since the start. */
  integrationFigures(id: string): DeliveryFigures | undefined {
    return this.#integrations.get(id)?.snapshot()
  }

  /** Undefined for a device from which nothing has come since the start. */
  deviceFigures(id: string): DeliveryFigures | undefined {
    return this.#devices.get(id)?.snapshot()
  }

  /** Identifier of the integration that took the last message of a device; undefined when none did since the start. */
  lastIntegrationOf(device: string): string | undefined {
    return this.#devices.get(device)?.lastIntegration || undefined
  }

  /** Of the integrations that have received something, by id. */
  byIntegration(): ReadonlyMap<string, Figures> {
    return this.#integrations
  }
}
