// A small table of the registry that is wholly in memory: roles, accounts, provisioning rules, bans. A change is
// durable before it counts, and changes wait for one another.
import { AckstoneError } from '../errors.ts'
import { Changes } from '../lib/changes.ts'
import type { Ingest } from '../ingest/contract.ts'
import type { Store } from '../storage/store.ts'

export interface TableOptions<T> {
  store: Store
  ingest: Ingest
  /** "role": part of the key in the registry, and what errors call an entry. */
  what: string
  keyOf: (record: T) => string
  /** Entries at most. */
  max: number
  /** Part of Ackstone or declared in ackstone.yaml: they stay as they are. */
  managed: readonly T[]
  /** After each change. */
  onChange: () => void
}

export class Table<T extends { isManaged: boolean }> {
  readonly #options: TableOptions<T>
  readonly #prefix: string
  readonly #records = new Map<string, T>()
  readonly #changes = new Changes()

  constructor(options: TableOptions<T>) {
    this.#options = options
    this.#prefix = `access/${options.what}/`
    for (const record of options.managed) this.#records.set(options.keyOf(record), record)
  }

  /** Reads what is stored: at the start, and again when another hub has changed it. */
  load(): Promise<void> {
    return this.#changes.inTurn(async () => {
      const { store, keyOf } = this.#options
      const read = new Map<string, T>()
      for await (const { value } of store.stateScan('registry', this.#prefix)) {
        const record = JSON.parse(Buffer.from(value).toString('utf8')) as T
        read.set(keyOf(record), record)
      }
      for (const [key, { isManaged }] of this.#records) if (!isManaged) this.#records.delete(key)
      // What the file declares counts before what was made over the API.
      for (const [key, record] of read) if (!this.#records.has(key)) this.#records.set(key, record)
    })
  }

  get(key: string): T | undefined {
    return this.#records.get(key)
  }

  list(): T[] {
    return [...this.#records.values()]
  }

  get size(): number {
    return this.#records.size
  }

  /** @throws ACCESS_TAKEN, ACCESS_LIMIT */
  create(record: T): Promise<T> {
    return this.#changes.inTurn(async () => {
      const { what, keyOf, max } = this.#options
      const name = keyOf(record)
      if (this.#records.has(name)) throw new AckstoneError('ACCESS_TAKEN', { what, name })
      if (this.#records.size >= max) throw new AckstoneError('ACCESS_LIMIT', { what, limit: max })
      await this.#store(name, record)
      return record
    })
  }

  /** Replaces an entry; makes it where there is none.
   *  @throws ACCESS_MANAGED, ACCESS_LIMIT */
  put(record: T): Promise<T> {
    return this.#changes.inTurn(async () => {
      const { what, keyOf, max } = this.#options
      const name = keyOf(record)
      if (this.#records.get(name)?.isManaged === true)
        throw new AckstoneError('ACCESS_MANAGED', { what, name })
      if (!this.#records.has(name) && this.#records.size >= max) {
        throw new AckstoneError('ACCESS_LIMIT', { what, limit: max })
      }
      await this.#store(name, record)
      return record
    })
  }

  /** @param change gives the record that takes the place of the one there.
   *  @throws ACCESS_NOT_FOUND, ACCESS_MANAGED */
  change(name: string, change: (record: T) => T): Promise<T> {
    return this.#changes.inTurn(async () => {
      const record = change(this.#changeable(name))
      await this.#store(name, record)
      return record
    })
  }

  /** Changes an entry as `change` does, also one that is managed: its count is in memory then. */
  count(name: string, change: (record: T) => T): Promise<T> {
    return this.#changes.inTurn(async () => {
      const { what } = this.#options
      const before = this.#records.get(name)
      if (before === undefined) throw new AckstoneError('ACCESS_NOT_FOUND', { what, name })
      const record = change(before)
      if (before.isManaged) this.#records.set(name, record)
      else await this.#store(name, record)
      return record
    })
  }

  /** @throws ACCESS_NOT_FOUND, ACCESS_MANAGED */
  remove(name: string): Promise<void> {
    return this.#changes.inTurn(async () => {
      this.#changeable(name)
      const batch = this.#options.ingest.open()
      batch.delete('registry', this.#prefix + name)
      await this.#options.ingest.stored(batch.ticket)
      this.#records.delete(name)
      this.#options.onChange()
    })
  }

  #changeable(name: string): T {
    const { what } = this.#options
    const record = this.#records.get(name)
    if (record === undefined) throw new AckstoneError('ACCESS_NOT_FOUND', { what, name })
    if (record.isManaged) throw new AckstoneError('ACCESS_MANAGED', { what, name })
    return record
  }

  async #store(name: string, record: T): Promise<void> {
    const { ingest, onChange } = this.#options
    const batch = ingest.open()
    batch.put('registry', this.#prefix + name, Buffer.from(JSON.stringify(record)))
    await ingest.stored(batch.ticket)
    this.#records.set(name, record)
    onChange()
  }
}
