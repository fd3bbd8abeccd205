// Which bridge a device was last heard through, kept over restarts: its commands go the same way. Devices that connect
// to this hub need no such entry.
import type { Ingest } from '../ingest/contract.ts'
import type { Store } from '../storage/store.ts'

const keyPrefix = 'heard/'
/** Devices that are remembered; beyond it the one heard first is forgotten. */
export const heardMax = 100_000

/** Rows of a commit, as far as this is concerned. */
interface StoredRun {
  readonly device: string
  readonly integration: string
}

export interface LastHeardOptions {
  store: Pick<Store, 'stateScan'>
  ingest: () => Pick<Ingest, 'open'>
  /** Whether an integration is a bridge. */
  isBridge: (integration: string) => boolean
}

export class LastHeard {
  readonly #options: LastHeardOptions
  /** Bridge by device. */
  readonly #bridges = new Map<string, string>()

  private constructor(options: LastHeardOptions) {
    this.#options = options
  }

  static async load(options: LastHeardOptions): Promise<LastHeard> {
    const heard = new LastHeard(options)
    for await (const { key, value } of options.store.stateScan('hub', keyPrefix)) {
      heard.#bridges.set(key.slice(keyPrefix.length), Buffer.from(value).toString())
    }
    return heard
  }

  of(device: string): string | undefined {
    return this.#bridges.get(device)
  }

  /** After a commit. What a crash takes with it is noticed again with the next reading. */
  stored(runs: readonly StoredRun[]): void {
    for (const { device, integration } of runs) {
      const known = this.#bridges.get(device)
      if (known === integration) continue
      const isBridge = this.#options.isBridge(integration)
      if (known === undefined && !isBridge) continue
      this.#forget(device)
      if (isBridge) this.#remember(device, integration)
    }
  }

  #remember(device: string, integration: string): void {
    if (this.#bridges.size >= heardMax) this.#forget(this.#bridges.keys().next().value!)
    this.#bridges.set(device, integration)
    this.#options
      .ingest()
      .open()
      .put('hub', keyPrefix + device, Buffer.from(integration))
  }

  #forget(device: string): void {
    if (this.#bridges.delete(device))
      this.#options
        .ingest()
        .open()
        .delete('hub', keyPrefix + device)
  }
}
