// Records of one kind, wholly in memory and in the registry. A record counts once the batch that holds it is
// stored; what is taken away counts for nothing at once.
import type { OpenBatch } from '../ingest/contract.ts'
import type { Store } from '../storage/store.ts'

export class RecordMap<T extends { id: string; hash?: string }> {
  readonly #prefix: string
  readonly #upgrade: (record: T) => T
  #records = new Map<string, T>()
  #byHash = new Map<string, T>()

  /** @param upgrade makes what an earlier version has stored what it is today. */
  constructor(prefix: string, upgrade: (record: T) => T = (record) => record) {
    this.#prefix = prefix
    this.#upgrade = upgrade
  }

  /** Reads what is stored. No change may be under way meanwhile. */
  async read(store: Store): Promise<void> {
    const records = new Map<string, T>()
    for await (const { value } of store.stateScan('registry', this.#prefix)) {
      const record = this.#upgrade(JSON.parse(Buffer.from(value).toString('utf8')) as T)
      records.set(record.id, record)
    }
    this.#records = records
    this.#byHash = new Map(
      this.list().flatMap((record) => (record.hash === undefined ? [] : [[record.hash, record]])),
    )
  }

  get(id: string): T | undefined {
    return this.#records.get(id)
  }

  /** The record whose secret has this hash. */
  byHash(hash: string): T | undefined {
    return this.#byHash.get(hash)
  }

  list(): T[] {
    return [...this.#records.values()]
  }

  get size(): number {
    return this.#records.size
  }

  put(batch: OpenBatch, record: T): void {
    batch.put('registry', this.#prefix + record.id, Buffer.from(JSON.stringify(record)))
    batch.afterStored(() => {
      this.#records.set(record.id, record)
      if (record.hash !== undefined) this.#byHash.set(record.hash, record)
    })
  }

  /** Puts a record whose members have changed in memory already, without anybody waiting for it. */
  keep(batch: OpenBatch, record: T): void {
    if (this.#records.get(record.id) !== record) return
    batch.put('registry', this.#prefix + record.id, Buffer.from(JSON.stringify(record)))
  }

  remove(batch: OpenBatch, { id, hash = '' }: T): void {
    const forget = (): void => {
      this.#records.delete(id)
      this.#byHash.delete(hash)
    }
    batch.delete('registry', this.#prefix + id)
    forget()
    // It may have been on its way to the store, and counts from then on.
    batch.afterStored(forget)
  }
}
