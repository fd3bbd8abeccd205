// Notices when another hub has changed the registry, and whether the cluster answers at all while there is
// nothing to store.
import type { AckstoneError } from '../../errors.ts'
import { assert } from '../../lib/assert.ts'
import type { Clock, Timer } from '../../lib/clock.ts'
import type { Cluster } from './cluster.ts'
import { faultOf } from './faults.ts'
import { statements } from './statements.ts'

/** A change on one hub is seen by the others within this and the time of a read. */
const intervalMs = 1_000

export class RegistryWatch {
  readonly #cluster: Cluster
  readonly #clock: Clock
  /** Told after each look: what is wrong with the cluster, if anything. */
  readonly #onLook: (fault: AckstoneError | undefined) => void
  readonly #watchers: (() => Promise<void>)[] = []
  #seen = ''
  #timer: Timer | undefined
  #isStopped = false

  constructor(cluster: Cluster, clock: Clock, onLook: (fault: AckstoneError | undefined) => void) {
    this.#cluster = cluster
    this.#clock = clock
    this.#onLook = onLook
  }

  /** Remembers the state from which changes count. @throws CLUSTER_* */
  async start(): Promise<void> {
    this.#seen = await this.#read()
    this.#schedule()
  }

  onChange(run: () => Promise<void>): void {
    this.#watchers.push(run)
  }

  #schedule(): void {
    if (this.#isStopped) return
    this.#timer = this.#clock.after(intervalMs, () => {
      this.#look().then(
        () => this.#schedule(),
        (error: unknown) => assert(false, `looking at the registry does not throw: ${String(error)}`),
      )
    })
  }

  async #look(): Promise<void> {
    try {
      const changed = await this.#read()
      if (this.#isStopped) return
      this.#onLook(undefined)
      if (changed === this.#seen) return
      for (const run of this.#watchers) await run()
      // Only now: who could not read the change is told again.
      this.#seen = changed
    } catch (error) {
      if (!this.#isStopped) this.#onLook(faultOf(error, this.#cluster.nodes))
    }
  }

  /** The marks of all hubs. */
  async #read(): Promise<string> {
    const marks = await this.#cluster.rows<{ key: string; value: Buffer }>(statements.registryChanges)
    return marks.map(({ key, value }) => `${key} ${value.toString('hex')}`).join('\n')
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }
}
