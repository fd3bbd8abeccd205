// The delivery figures over restarts and hubs: each hub keeps its own in the registry, which all hubs on one
// store see, and what is shown is the sum. A crash costs the counts of the last second; no reading hangs on them.
import { AckstoneError } from '../errors.ts'
import type { Clock, Timer } from '../lib/clock.ts'
import { figuresPrefix } from '../model/registry.ts'
import type { Delivery } from './delivery.ts'
import { Figures, type DeliveryFigures, type FiguresState } from './figures.ts'

/** Figures of all hubs together, and each hub's share. */
export interface SummedFigures extends DeliveryFigures {
  hubs: HubFigures[]
}

export interface HubFigures extends DeliveryFigures {
  /** Identifier of the hub. */
  hub: string
  /** Whether it is the one that answers. */
  isThis: boolean
}

/** What of the store is read. */
export interface SharesStore {
  stateGet(space: 'hub', key: string): Promise<Uint8Array | undefined>
  stateScan(space: 'registry', prefix: string): AsyncIterable<{ key: string; value: Uint8Array }>
}

/** Where what is kept joins other writes. */
export interface SharesBatch {
  put(space: 'hub' | 'registry', key: string, value: Uint8Array): void
  afterStored(run: () => void): void
}

type Share = [hub: string, integration: string, state: FiguresState]

const hubIdKey = 'id'
const keepEveryMs = 1_000

export class HubShares {
  readonly #delivery: Delivery
  readonly #store: SharesStore
  readonly #clock: Clock
  readonly hubId: string
  /** Undefined once it is stored. */
  #newHubId: string | undefined
  /** What was kept last, by key. */
  readonly #kept = new Map<string, string>()
  /** Of the other hubs, as they were when the store was last asked. */
  #others: Share[] = []
  #isKeeping = false
  #timer: Timer | undefined

  private constructor(
    delivery: Delivery,
    store: SharesStore,
    clock: Clock,
    id: string | undefined,
    newId: string,
  ) {
    this.#delivery = delivery
    this.#store = store
    this.#clock = clock
    this.hubId = id ?? newId
    this.#newHubId = id === undefined ? newId : undefined
  }

  /** Goes on counting where this hub ended.
   *  @param newId for a hub that has none yet. @throws STORE_* and CLUSTER_* */
  static async load(delivery: Delivery, store: SharesStore, clock: Clock, newId: string): Promise<HubShares> {
    const id = await store.stateGet('hub', hubIdKey)
    const known = id === undefined ? undefined : Buffer.from(id).toString()
    const shares = new HubShares(delivery, store, clock, known, newId)
    for await (const { key, value } of store.stateScan('registry', `${figuresPrefix}${shares.hubId}/`)) {
      const text = Buffer.from(value).toString()
      const [, integration] = partsOf(key)
      const figures = integration === '' ? delivery.total : delivery.ofIntegration(integration)
      figures.add(JSON.parse(text) as FiguresState)
      shares.#kept.set(key, text)
    }
    return shares
  }

  /** Keeps the identifier, for whoever names this hub in what is kept before anything has been counted. */
  keepId(open: () => SharesBatch): void {
    if (this.#newHubId !== undefined) open().put('hub', hubIdKey, Buffer.from(this.#newHubId))
  }

  /** Keeps the figures about once a second when they have changed, in the batch that is open then. */
  start(open: () => SharesBatch): void {
    this.#timer = this.#clock.after(keepEveryMs, () => {
      this.keep(open)
      this.start(open)
    })
  }

  /** Keeps them a last time. */
  stop(open: () => SharesBatch): void {
    this.#timer?.cancel()
    this.keep(open)
  }

  /** Adds what has changed to the open batch, unless what was added before is still on its way. */
  keep(open: () => SharesBatch): void {
    if (this.#isKeeping) return
    const changed = this.#changed()
    if (changed.length === 0) return
    const batch = open()
    this.#isKeeping = true
    if (this.#newHubId !== undefined) batch.put('hub', hubIdKey, Buffer.from(this.#newHubId))
    for (const [key, text] of changed) batch.put('registry', key, Buffer.from(text))
    batch.afterStored(() => {
      this.#isKeeping = false
      this.#newHubId = undefined
      for (const [key, text] of changed) this.#kept.set(key, text)
    })
  }

  #changed(): [key: string, text: string][] {
    const found: [string, string][] = []
    const look = (integration: string, figures: Figures): void => {
      const key = `${figuresPrefix}${this.hubId}/${integration}`
      const text = JSON.stringify(figures.state())
      if (this.#kept.get(key) !== text) found.push([key, text])
    }
    for (const [integration, figures] of this.#delivery.byIntegration()) look(integration, figures)
    // A hub through which nothing has come has nothing to keep but its beginning.
    if (found.length > 0 || this.#delivery.total.isUsed) look('', this.#delivery.total)
    return found
  }

  /** Of all messages, through all hubs. */
  total(): Promise<SummedFigures> {
    return this.#sum('', this.#delivery.total)
  }

  /** Of one integration; undefined when nothing has come through it on any hub. */
  async ofIntegration(id: string): Promise<SummedFigures | undefined> {
    const summed = await this.#sum(id, this.#delivery.byIntegration().get(id))
    return summed.hubs.length === 0 ? undefined : summed
  }

  async #sum(integration: string, own: Figures | undefined): Promise<SummedFigures> {
    await this.#readOthers()
    const hubs: [hub: string, figures: Figures][] = own === undefined ? [] : [[this.hubId, own]]
    for (const [hub, through, state] of this.#others) {
      if (through === integration) hubs.push([hub, Figures.of(state)])
    }
    const sum = new Figures(this.#clock.nowUs())
    for (const [, figures] of hubs) sum.add(figures.state())
    return {
      ...sum.snapshot(),
      hubs: hubs.map(([hub, figures]) => ({ hub, isThis: hub === this.hubId, ...figures.snapshot() })),
    }
  }

  /** While the store can't be read, the others are as they were. */
  async #readOthers(): Promise<void> {
    try {
      const others: Share[] = []
      for await (const { key, value } of this.#store.stateScan('registry', figuresPrefix)) {
        const [hub, integration] = partsOf(key)
        if (hub === this.hubId) continue
        others.push([hub, integration, JSON.parse(Buffer.from(value).toString()) as FiguresState])
      }
      this.#others = others
    } catch (error) {
      if (!(error instanceof AckstoneError)) throw error
    }
  }
}

/** Of a key `delivery/{hub}/{integration}`; the integration is empty for the total. */
function partsOf(key: string): [hub: string, integration: string] {
  const rest = key.slice(figuresPrefix.length)
  const slash = rest.indexOf('/')
  return [rest.slice(0, slash), rest.slice(slash + 1)]
}
