// The one event stream of this tab. Whoever wants a topic subscribes; the stream asks the hub for what is wanted
// by all, gives out events once per animation frame, and comes back by itself after the hub was away.
import { addressOf, signedOutEvent } from './client.ts'
import { listOf } from './name-list.ts'

export type LiveTopic = 'readings' | 'stats' | 'traffic' | 'devices' | 'integrations' | 'commands'

/** Topics that can be had of some devices alone. */
const narrowed: ReadonlySet<LiveTopic> = new Set(['readings', 'commands'])

/** connecting: not yet. open: events come. lost: no answer from the hub. refused: it answers, but with no stream. */
export type StreamState = 'connecting' | 'open' | 'lost' | 'refused'

interface Subscriber {
  topic: LiveTopic
  /** Only readings and commands of this device; undefined for all. */
  device: string | undefined
  /** Only messages like this; the last who asks decides. */
  filter: Filter | undefined
  onEvents: (events: unknown[]) => void
}

/** What narrows the messages of the topic `traffic`, as the API takes it. */
export type Filter = Readonly<Record<string, string>>

const retryFirstMs = 500
const retryMaxMs = 5_000
const refusedRetryMs = 15_000
/** Time in which pages may change their minds before the stream is opened anew. */
const reopenMs = 60
/** Events that wait for a frame; in a hidden tab there are few frames. */
const waitingMax = 200
const hiddenFlushMs = 1_000

export class LiveStream {
  readonly #subscribers = new Set<Subscriber>()
  readonly #watchers = new Set<() => void>()
  readonly #waiting = new Map<LiveTopic, unknown[]>()
  #source: EventSource | undefined
  #asked = ''
  /** What the messages of the stream are narrowed by. */
  #narrowedBy = ''
  #state: StreamState = 'connecting'
  #retryMs = retryFirstMs
  #timer: ReturnType<typeof setTimeout> | undefined
  #flushIsDue = false
  /** How often a stream was opened: what happened before the last time may not have been told. */
  opened = 0
  /** Events that nobody saw because the tab was busy or hidden. */
  skipped = 0

  get state(): StreamState {
    return this.#state
  }

  /** Hears of changes of `state` and `opened`. */
  watch(onChange: () => void): () => void {
    this.#watchers.add(onChange)
    return () => this.#watchers.delete(onChange)
  }

  subscribe(
    topic: LiveTopic,
    { device, filter }: { device?: string | undefined; filter?: Filter | undefined },
    onEvents: (events: unknown[]) => void,
  ): () => void {
    const subscriber = { topic, device, filter, onEvents }
    this.#subscribers.add(subscriber)
    this.#reopenLater(reopenMs)
    return () => {
      this.#subscribers.delete(subscriber)
      this.#reopenLater(reopenMs)
    }
  }

  /** Tries at once, because somebody asked for it or has just signed in. */
  retryNow(): void {
    this.#asked = ''
    this.#reopenLater(0)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#source?.close()
    this.#source = undefined
    this.#asked = ''
  }

  #reopenLater(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#reopen(), ms)
  }

  #reopen(): void {
    const wanted = this.#wanted()
    if (wanted === this.#asked && this.#source?.readyState !== EventSource.CLOSED) return
    this.#source?.close()
    this.#source = undefined
    this.#asked = wanted
    const narrowedBy = textOf(this.#wantedFilter())
    if (this.#narrowedBy !== narrowedBy) this.#waiting.delete('traffic')
    this.#narrowedBy = narrowedBy
    if (wanted === '') return
    const source = new EventSource(wanted)
    this.#source = source
    source.addEventListener('open', () => {
      this.#retryMs = retryFirstMs
      this.opened += 1
      this.#become('open')
    })
    source.addEventListener('error', () => void this.#failed(source))
    for (const topic of this.#topics()) {
      source.addEventListener(topic, (event) => this.#take(topic, (event as MessageEvent<string>).data))
    }
  }

  #topics(): LiveTopic[] {
    return [...new Set(Array.from(this.#subscribers, ({ topic }) => topic))].toSorted()
  }

  /** The address that gives what everybody wants; empty when nobody wants anything. */
  #wanted(): string {
    const topics = this.#topics()
    if (topics.length === 0) return ''
    const byDevice = Array.from(this.#subscribers).filter(({ topic }) => narrowed.has(topic))
    const isNarrow = byDevice.length > 0 && byDevice.every(({ device }) => device !== undefined)
    const devices = isNarrow ? [...new Set(byDevice.map(({ device }) => device ?? ''))].toSorted() : []
    const list = listOf(devices)
    return addressOf('live', {}, { topics: topics.join(','), devices: list, ...this.#wantedFilter() })
  }

  #wantedFilter(): Filter | undefined {
    return Array.from(this.#subscribers).findLast(({ topic }) => topic === 'traffic')?.filter
  }

  async #failed(source: EventSource): Promise<void> {
    if (this.#source !== source) return
    source.close()
    const answers = await fetch('/healthz', { cache: 'no-store' }).then(
      ({ ok }) => ok,
      () => false,
    )
    if (this.#source !== source) return
    // The hub also ends the stream of somebody whose session has ended.
    if (answers) dispatchEvent(new Event(signedOutEvent))
    if (answers && this.#state !== 'lost' && this.#state !== 'open') {
      this.#become('refused')
      this.#reopenLater(refusedRetryMs)
      return
    }
    this.#become(answers ? 'connecting' : 'lost')
    this.#retryMs = Math.min(this.#retryMs * 1.6, retryMaxMs)
    this.#reopenLater(this.#retryMs)
  }

  #become(state: StreamState): void {
    if (state === this.#state && state !== 'open') return
    this.#state = state
    for (const onChange of this.#watchers) onChange()
  }

  #take(topic: LiveTopic, text: string): void {
    const queue = this.#waiting.get(topic) ?? []
    this.#waiting.set(topic, queue)
    if (queue.length >= waitingMax) {
      queue.shift()
      this.skipped += 1
    }
    queue.push(JSON.parse(text))
    if (this.#flushIsDue) return
    this.#flushIsDue = true
    if (document.hidden) setTimeout(() => this.#flush(), hiddenFlushMs)
    else requestAnimationFrame(() => this.#flush())
  }

  #flush(): void {
    this.#flushIsDue = false
    const events = [...this.#waiting]
    this.#waiting.clear()
    for (const [topic, queue] of events) {
      for (const subscriber of this.#subscribers) {
        if (subscriber.topic === topic && this.#isFor(subscriber)) subscriber.onEvents(queue)
      }
    }
  }

  /** Until the stream is open anew, messages come as somebody else wanted them. */
  #isFor({ topic, filter }: Subscriber): boolean {
    return topic !== 'traffic' || textOf(filter) === this.#narrowedBy
  }
}

function textOf(filter: Filter | undefined): string {
  return new URLSearchParams(filter).toString()
}

export const liveStream = new LiveStream()
