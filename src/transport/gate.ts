// How many connections there may be at a time, in all and from one address (I7). A few above the limit may
// stay for as long as it takes to tell them why they can't; the others are closed as they come.
import { addressOwner, isLoopbackAddress } from '../lib/addresses.ts'
import type { Refusals } from './refusals.ts'

export interface GateOptions {
  connectionsMax: number
  perAddressMax: number
  /** Whether the limit for one address holds for loopback too, where everybody has the same address. */
  countsLoopback: boolean
  /** Connections above the limits that may wait for their refusal. */
  toldMax: number
  /** How the limits are called in the log: "limits.connectionsMax". */
  names: { connections: string; perAddress: string }
  refusals: Refusals
}

/** One connection inside. */
export interface Entry {
  /** MQTT 5 reason code to refuse it with; undefined when it is welcome. */
  readonly refusal: number | undefined
  /** It is over; may be called again. */
  leave(): void
}

/** Server busy: it may come back. Quota exceeded: it is this address that has too many. */
const serverBusy = 0x89
const quotaExceeded = 0x97

export class Gate {
  readonly #options: GateOptions
  readonly #byOwner = new Map<string, number>()
  #inside = 0
  #told = 0

  constructor(options: GateOptions) {
    this.#options = options
  }

  /** Connections inside, those that are about to be refused included. */
  get size(): number {
    return this.#inside + this.#told
  }

  /** Undefined: there are too many, and too many wait to be told already. */
  enter(address: string): Entry | undefined {
    const { connectionsMax, perAddressMax, names, countsLoopback, refusals } = this.#options
    const owner = addressOwner(address)
    const own = this.#byOwner.get(owner) ?? 0
    const isCounted = countsLoopback || !isLoopbackAddress(address)
    if (isCounted && own >= perAddressMax) {
      const detail = `${names.perAddress} is ${perAddressMax}, ${own} are open`
      refusals.count('connectionsPerAddress', address, detail)
      return this.#refuse(quotaExceeded)
    }
    if (this.#inside >= connectionsMax) {
      refusals.count('connections', address, `${names.connections} is ${connectionsMax}`)
      return this.#refuse(serverBusy)
    }
    this.#inside++
    this.#byOwner.set(owner, own + 1)
    return entry(undefined, () => this.#leave(owner))
  }

  #leave(owner: string): void {
    this.#inside--
    const own = (this.#byOwner.get(owner) ?? 1) - 1
    if (own === 0) this.#byOwner.delete(owner)
    else this.#byOwner.set(owner, own)
  }

  #refuse(code: number): Entry | undefined {
    if (this.#told >= this.#options.toldMax) return undefined
    this.#told++
    return entry(code, () => void this.#told--)
  }
}

function entry(refusal: number | undefined, left: () => void): Entry {
  let isInside = true
  return {
    refusal,
    leave() {
      if (!isInside) return
      isInside = false
      left()
    },
  }
}
