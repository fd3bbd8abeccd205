// Where a device's readings go: a cache from device and key to the run of the open batch, so that a
// reading costs two map look-ups. Forgetting it costs speed only.
import type { Delivery } from '../delivery/delivery.ts'
import type { SeriesRun } from '../storage/store.ts'
import type { Account } from './open-batch.ts'
import type { Ticket } from './contract.ts'

/** Series remembered over all integrations; beyond it the cache starts anew. */
export const seriesSlotsMax = 500_000

export class SeriesSlot {
  readonly key: string
  /** The batch that `run` belongs to. */
  ticket: Ticket = -1
  run: SeriesRun | undefined = undefined
  /** The time given to the last reading without one, and the message it was in. */
  decidedTs = 0
  decidedTicket: Ticket = -1
  decidedMessageNumber = 0

  constructor(key: string) {
    this.key = key
  }
}

export class DeviceSlot {
  readonly id: string
  readonly account: Account
  /** The last message counted for this device. */
  ticket: Ticket = -1
  messageNumber = 0
  readonly #series = new Map<string, SeriesSlot>()
  readonly #slots: Slots

  constructor(id: string, account: Account, slots: Slots) {
    this.id = id
    this.account = account
    this.#slots = slots
  }

  series(key: string): SeriesSlot {
    let slot = this.#series.get(key)
    if (slot === undefined) {
      slot = new SeriesSlot(key)
      this.#series.set(key, slot)
      this.#slots.size++
    }
    return slot
  }
}

export class Slots {
  /** Series remembered. */
  size = 0
  readonly #delivery: Delivery
  readonly #integrations = new Map<string, Map<string, DeviceSlot>>()

  constructor(delivery: Delivery) {
    this.#delivery = delivery
  }

  device(integration: string, id: string): DeviceSlot {
    let devices = this.#integrations.get(integration)
    if (devices === undefined) {
      devices = new Map()
      this.#integrations.set(integration, devices)
    }
    let slot = devices.get(id)
    if (slot === undefined) {
      const account: Account = { figures: this.#delivery.ofDevice(id), ticket: -1, waiting: 0 }
      slot = new DeviceSlot(id, account, this)
      devices.set(id, slot)
    }
    return slot
  }

  /** Starts anew when it has grown too large. Only between batches: runs in it belong to the open one. */
  trim(): void {
    if (this.size <= seriesSlotsMax) return
    this.#integrations.clear()
    this.size = 0
  }
}
