// Commands that other hubs on the same store have made: shown here, followed there. Each hub leaves a mark of what it
// changed last, so that the others need not read all commands to know.
import { AckstoneError } from '../errors.ts'
import type { Ingest, OpenBatch } from '../ingest/contract.ts'
import type { Clock, Timer } from '../lib/clock.ts'
import { commandMarksPrefix, commandsPrefix } from '../model/registry.ts'
import type { Store } from '../storage/store.ts'
import { readCommand, type CommandRecord } from './command.ts'

/** A change on one hub is seen by the others within this and the time of a read. */
const lookEveryMs = 2_000
/** Changes that a mark names; who has missed more reads everything. */
const namedMax = 100

interface Mark {
  count: number
  /** Of the commands that changed last, the newest last. */
  ids: string[]
}

export interface OtherHubsOptions {
  store: Pick<Store, 'stateGet' | 'stateScan'>
  ingest: Pick<Ingest, 'open'>
  clock: Clock
  /** Identifier of this hub. */
  hub: string
}

export class OtherHubs {
  readonly #options: OtherHubsOptions
  readonly #byId = new Map<string, CommandRecord>()
  readonly #seen = new Map<string, number>()
  #own: Mark = { count: 0, ids: [] }
  #timer: Timer | undefined
  #isClosed = false

  constructor(options: OtherHubsOptions) {
    this.#options = options
  }

  /** @throws what the store throws. */
  async load(): Promise<void> {
    const own = await this.#options.store.stateGet('registry', this.#ownKey)
    if (own !== undefined) this.#own = markOf(own)
    await this.#look()
    this.#arm()
  }

  get #ownKey(): string {
    return commandMarksPrefix + this.#options.hub
  }

  /** Whether this hub follows the command. Those of earlier versions are followed by whoever finds them. */
  isOwn({ hub }: CommandRecord): boolean {
    return hub === undefined || hub === this.#options.hub
  }

  /** One of this hub's own is written in the open batch, or dropped there. */
  changed(id: string, batch: OpenBatch): void {
    const ids = [...this.#own.ids.filter((each) => each !== id), id].slice(-namedMax)
    this.#own = { count: this.#own.count + 1, ids }
    batch.put('registry', this.#ownKey, Buffer.from(JSON.stringify(this.#own)))
  }

  get(id: string): CommandRecord | undefined {
    return this.#byId.get(id)
  }

  of(device: string): CommandRecord[] {
    return Array.from(this.#byId.values()).filter((command) => command.device === device)
  }

  #arm(): void {
    if (this.#isClosed) return
    this.#timer = this.#options.clock.after(lookEveryMs, () => {
      this.#look().then(
        () => this.#arm(),
        (error: unknown) => {
          if (!(error instanceof AckstoneError)) throw error
          // While the store can't be read, they are as they were.
          this.#arm()
        },
      )
    })
  }

  async #look(): Promise<void> {
    const { store, hub } = this.#options
    for await (const { key, value } of store.stateScan('registry', commandMarksPrefix)) {
      const other = key.slice(commandMarksPrefix.length)
      const { count, ids } = markOf(value)
      const missed = count - (this.#seen.get(other) ?? -Infinity)
      if (other === hub || missed === 0) continue
      if (missed > 0 && missed <= namedMax) await this.#read(ids.slice(-missed))
      else await this.#readAll()
      this.#seen.set(other, count)
    }
  }

  async #read(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const value = await this.#options.store.stateGet('registry', commandsPrefix + id)
      if (value === undefined) this.#byId.delete(id)
      else this.#byId.set(id, readCommand(value))
    }
  }

  async #readAll(): Promise<void> {
    const found: CommandRecord[] = []
    for await (const { value } of this.#options.store.stateScan('registry', commandsPrefix)) {
      const command = readCommand(value)
      if (!this.isOwn(command)) found.push(command)
    }
    this.#byId.clear()
    for (const command of found) this.#byId.set(command.id, command)
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }
}

function markOf(bytes: Uint8Array): Mark {
  return JSON.parse(Buffer.from(bytes).toString()) as Mark
}
