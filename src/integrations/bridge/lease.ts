// The right of one hub to run a bridge, for some seconds at a time. Its holder says again and again that it is there;
// another takes it when it has seen nothing new for as long as a lease lasts. Both measure with their own monotonic
// clocks: the holder from before it said so, the other from when it read it, so the holder's time is over first.
import { AckstoneError } from '../../errors.ts'
import type { Clock, Timer } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import type { LeaseRecord, Leases } from '../../storage/store.ts'

/** How long nothing new must be seen of a holder before another hub takes its lease. */
export const leaseMs = 10_000
/** The holder lets go so much earlier: for clocks that don't run at the same speed, for timers that come late, and
 *  for what has left its hands and is not yet at the broker. */
export const leaseMarginMs = 2_000
const renewEveryMs = leaseMs / 3
/** How often others look, and how soon is repeated what the cluster did not answer. */
const lookEveryMs = 1_000

export interface LeaseOptions {
  /** What is leased, the same on all hubs. */
  name: string
  /** Identifier of this hub. No two processes have the same at a time: it is in the locked data folder. */
  hub: string
  leases: Leases
  clock: Clock
  log: Log
  /** It is ours from now on. */
  onHeld: () => void
  /** It may be another's from soon on: what needs it must have stopped when this returns. */
  onLost: () => void
  /** A broken assertion: the process must stop. */
  onFatal: (error: unknown) => void
}

export class Lease {
  readonly #options: LeaseOptions
  /** The newest that is known to be there. */
  #record: LeaseRecord | undefined
  /** When it was first seen. */
  #seenMs = 0
  #isHolder = false
  /** Until when it is held at least, by either clock: a machine that slept hears so from the wall clock alone. */
  #untilMs = 0
  #untilUs = 0
  #expiry: Timer | undefined
  #timer: Timer | undefined
  #step: Promise<void> = Promise.resolve()
  #isEnded = false

  constructor(options: LeaseOptions) {
    this.#options = options
    this.#next()
  }

  /** Whether this hub may act now. Asked before each act: a process that was frozen meanwhile hears no timer. */
  holds(): boolean {
    if (!this.#isHolder) return false
    const { clock } = this.#options
    if (clock.monotonicMs() < this.#untilMs && clock.nowUs() < this.#untilUs) return true
    this.#letGo('it could not be renewed in time')
    return false
  }

  /** The hub that has it, as far as is known here; undefined: none. */
  get hub(): string | undefined {
    return this.#record?.isFree === false ? this.#record.hub : undefined
  }

  /** Changes when another hub has had it. */
  get term(): number {
    return this.#record?.term ?? 0
  }

  /** In whose hands it is, as what is written under it names it. */
  get held(): { lease: string; hub: string; term: number } {
    return { lease: this.#options.name, hub: this.#options.hub, term: this.term }
  }

  /** Gives it back, so that another may take it at once. What needs it has stopped. */
  async end(): Promise<void> {
    this.#isEnded = true
    this.#timer?.cancel()
    await this.#step
    this.#expiry?.cancel()
    if (!this.#isHolder || this.#record === undefined) return
    this.#isHolder = false
    try {
      const { leases, name } = this.#options
      await leases.exchange(name, this.#record, { ...after(this.#record), isFree: true })
    } catch (error) {
      // Then the others wait for its end.
      if (!(error instanceof AckstoneError)) throw error
    }
  }

  #next(): void {
    if (this.#isEnded) return
    this.#step = this.#look().then(
      () => this.#arm(this.#isHolder ? renewEveryMs : lookEveryMs),
      (error: unknown) => {
        if (!(error instanceof AckstoneError)) return this.#options.onFatal(error)
        // While nothing can be renewed, the expiry comes nearer.
        this.#arm(lookEveryMs)
      },
    )
  }

  #arm(delayMs: number): void {
    if (!this.#isEnded) this.#timer = this.#options.clock.after(delayMs, () => this.#next())
  }

  async #look(): Promise<void> {
    if (this.holds()) return this.#renew()
    const { leases, name, hub } = this.#options
    const found = await leases.read(name)
    if (found !== undefined && isNewer(found, this.#record)) this.#saw(found)
    if (this.#isEnded || !this.#mayTake()) return
    const record = this.#record ?? { hub: '', isFree: true, term: 0, beat: 0 }
    const term = record.hub === hub ? record.term : record.term + 1
    await this.#exchange({ ...after(record), hub, isFree: false, term })
  }

  #mayTake(): boolean {
    const record = this.#record
    // Our own is that of the process before this one, or of ours before it let go.
    if (record === undefined || record.isFree || record.hub === this.#options.hub) return true
    return this.#options.clock.monotonicMs() - this.#seenMs >= leaseMs
  }

  async #renew(): Promise<void> {
    const { term, hub } = this.#record!
    if (await this.#exchange(after(this.#record!))) return
    // The answer to an earlier attempt may have been lost: then it is still ours.
    const isOurs = this.#record?.hub === hub && this.#record.term === term && !this.#record.isFree
    if (isOurs && (await this.#exchange(after(this.#record!)))) return
    this.#letGo('another hub has it')
  }

  /** @returns whether it is held for another while. */
  async #exchange(next: LeaseRecord): Promise<boolean> {
    const { leases, name, clock } = this.#options
    const [sentMs, sentUs] = [clock.monotonicMs(), clock.nowUs()]
    const there = await leases.exchange(name, this.#record, next)
    this.#saw(there)
    if (there !== next) return false
    this.#hold(sentMs, sentUs)
    return true
  }

  #saw(record: LeaseRecord | undefined): void {
    this.#record = record
    this.#seenMs = this.#options.clock.monotonicMs()
  }

  #hold(sentMs: number, sentUs: number): void {
    const { clock, log, name, onHeld } = this.#options
    const heldMs = leaseMs - leaseMarginMs
    this.#untilMs = sentMs + heldMs
    this.#untilUs = sentUs + heldMs * 1000
    this.#expiry?.cancel()
    const restMs = this.#untilMs - clock.monotonicMs()
    // An answer that took so long says nothing about now.
    if (restMs <= 0) return this.#letGo('it could not be renewed in time')
    this.#expiry = clock.after(restMs, () => this.#letGo('it could not be renewed in time'))
    if (this.#isHolder || this.#isEnded) {
      this.#isHolder = true
      return
    }
    this.#isHolder = true
    log.info('lease taken', { name, term: this.term })
    onHeld()
  }

  #letGo(cause: string): void {
    this.#expiry?.cancel()
    if (!this.#isHolder) return
    this.#isHolder = false
    const { log, name, onLost } = this.#options
    log.warn('lease lost', { name, cause })
    onLost()
  }
}

function after(record: LeaseRecord): LeaseRecord {
  return { ...record, beat: record.beat + 1 }
}

/** An ordinary read may find what an exchange has seen to be over. */
function isNewer(found: LeaseRecord, known: LeaseRecord | undefined): boolean {
  return known === undefined || found.beat > known.beat
}
