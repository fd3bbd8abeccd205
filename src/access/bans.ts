// Who is shut out: addresses and networks before a byte is read, devices at CONNECT. Also how many connections an
// address may open in a time.
import type { Clock } from '../lib/clock.ts'
import { hostOf, isLoopback, neighbourhood, parseAddress, parseNetwork, startOf } from './address.ts'
import type { AccessLimitsReached } from './limits-reached.ts'
import { Buckets } from './rates.ts'
import type { Ban } from './records.ts'
import type { Table } from './table.ts'

/** An address may open as many connections at once as in so many seconds: all who are behind one router come back at
 *  the same moment after a restart. */
const connectsBurstS = 100

export class Bans {
  readonly #table: Table<Ban>
  readonly #clock: Clock
  readonly #reached: AccessLimitsReached
  readonly #connectsPerSecondMax: number
  readonly #connects: Buckets | undefined
  /** Bans by the start of their network, for each length of prefix there is. */
  #networks = new Map<number, Map<bigint, Ban>>()
  #devices = new Map<string, Ban>()

  /** @param connectsPerSecondMax of one address; 0 for any number. */
  constructor(table: Table<Ban>, clock: Clock, reached: AccessLimitsReached, connectsPerSecondMax: number) {
    this.#table = table
    this.#clock = clock
    this.#reached = reached
    this.#connectsPerSecondMax = connectsPerSecondMax
    const burst = connectsBurstS * connectsPerSecondMax
    this.#connects = connectsPerSecondMax === 0 ? undefined : new Buckets(connectsPerSecondMax, burst)
  }

  /** To be called after each change of the table. */
  changed(): void {
    this.#networks = new Map()
    this.#devices = new Map()
    for (const ban of this.#table.list()) {
      const network = ban.kind === 'address' ? parseNetwork(ban.value) : undefined
      if (network === undefined) {
        if (ban.kind === 'device') this.#devices.set(ban.value, ban)
        continue
      }
      const ofPrefix = this.#networks.get(network.prefix) ?? new Map<bigint, Ban>()
      this.#networks.set(network.prefix, ofPrefix.set(network.base, ban))
    }
  }

  hasDevice(device: string): boolean {
    return this.#isInForce(this.#devices.get(device))
  }

  /** @param remote host:port. */
  hasAddress(remote: string): boolean {
    if (this.#networks.size === 0) return false
    const address = parseAddress(hostOf(remote))
    if (address === undefined) return false
    for (const [prefix, bans] of this.#networks) {
      if (this.#isInForce(bans.get(startOf(address, prefix)))) return true
    }
    return false
  }

  /** Whether an address may open one more connection now. */
  mayOpen(remote: string): boolean {
    if (this.hasAddress(remote)) {
      this.#reached.count('access.bans', hostOf(remote))
      return false
    }
    if (this.#connects === undefined || isLoopback(remote)) return true
    const nowMs = this.#clock.monotonicMs()
    const mayOpen = this.#connects.of(neighbourhood(remote), nowMs).tryTake(nowMs)
    if (!mayOpen) {
      this.#reached.count('access.connectsPerSecondMax', hostOf(remote), this.#connectsPerSecondMax)
    }
    return mayOpen
  }

  /** Whether a device may not log in. */
  refuses(device: string): boolean {
    if (!this.hasDevice(device)) return false
    this.#reached.count('access.bans', device)
    return true
  }

  #isInForce(ban: Ban | undefined): boolean {
    if (ban === undefined) return false
    return ban.expiresAt === '' || Date.parse(ban.expiresAt) * 1000 > this.#clock.nowUs()
  }
}
