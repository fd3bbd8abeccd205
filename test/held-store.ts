// A store whose commits wait for the test: it decides when a batch is stored, and when the disk refuses.
import type { AckstoneError } from '../src/errors.ts'
import type { Batch, Commit, Store } from '../src/storage/store.ts'

export interface HeldStore extends Store {
  /** Batches handed over and not yet released, oldest first; a retry takes its batch's place. */
  readonly waiting: readonly Batch[]
  /** Tickets the inner store has committed. */
  readonly committed: readonly number[]
  /** From now on commits go straight through. */
  letThrough(): void
  /** From now on commits wait. */
  hold(): void
  /** Commits what waits. Resolves once it is stored and its waiters have run. */
  release(): Promise<void>
  /** Fails what waits, without storing it; also every further attempt until `recover`. */
  fail(error: AckstoneError): Promise<void>
  recover(): void
}

interface Waiting {
  batch: Batch
  resolve: (commit: Commit) => void
  reject: (error: unknown) => void
}

export function holdStore(inner: Store): HeldStore {
  let mode: 'through' | 'hold' = 'hold'
  let failure: AckstoneError | undefined
  let waiting: Waiting[] = []
  const committed: number[] = []

  async function commitNow(batch: Batch): Promise<Commit> {
    const commit = await inner.commit(batch)
    committed.push(batch.ticket)
    return commit
  }

  const held: Pick<HeldStore, 'commit' | 'letThrough' | 'hold' | 'release' | 'fail' | 'recover'> = {
    commit(batch) {
      if (failure !== undefined) return Promise.reject(failure)
      if (mode === 'through') return commitNow(batch)
      return new Promise((resolve, reject) => waiting.push({ batch, resolve, reject }))
    },
    letThrough() {
      mode = 'through'
    },
    hold() {
      mode = 'hold'
    },
    async release() {
      const now = waiting
      waiting = []
      for (const { batch, resolve } of now) resolve(await commitNow(batch))
      await turn()
    },
    async fail(error) {
      failure = error
      const now = waiting
      waiting = []
      for (const { reject } of now) reject(error)
      await turn()
    },
    recover() {
      failure = undefined
    },
  }
  return new Proxy(inner, {
    get(target, name) {
      if (name === 'waiting') return waiting.map(({ batch }) => batch)
      if (name === 'committed') return committed
      if (name in held) return held[name as keyof typeof held]
      const member = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  }) as HeldStore
}

/** Turns of the event loop after which a batch that gathers has left. */
const turnsMax = 24

/** Lets everything run that is ready to run. */
export async function turn(): Promise<void> {
  for (let i = 0; i < turnsMax; i++) await new Promise<void>((resolve) => void setImmediate(resolve))
}
