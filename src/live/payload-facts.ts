// What the payloads on some topics look like: JSON or not, with a time of the measurement or without, totals that only
// grow or changes since the last message. Learned from what passes, so that advice on QoS has something to stand on.

/** Messages that are looked at, and the largest payload among them. */
const lookedMax = 2_000
const payloadBytesMax = 64 * 1024
/** Numbers that are followed, over all topics, and in one message. */
const seriesMax = 500
const numbersPerMessageMax = 50
const depthMax = 4
/** Values of a series from which on it is taken for something. */
const judgedFrom = 4

const timeName =
  /^(ts|t|time|timestamp|datetime|date|at|measured_?at|time_?stamp|ts_?ms|recorded_?at|sent_?at)$/i
const totalName = /(total|counter|count$|cumul|odometer|energy|kwh|meter_?reading)/i
const changeName = /(delta|diff|increment|since|change|pulses|presses)/i
/** Numbers from here on may be times: seconds since the epoch after 2001. */
const timeFrom = 1e9

interface Followed {
  count: number
  last: number
  ups: number
  downs: number
  zeros: number
  most: number
  areWhole: boolean
}

export interface PayloadShares {
  json: number
  withTs: number
  values: { cumulative: number; delta: number; other: number }
  looked: number
}

export class PayloadFacts {
  readonly #series = new Map<string, Followed>()
  #looked = 0
  #json = 0
  #withTs = 0

  add(topic: string, payload: Buffer): void {
    if (this.#looked >= lookedMax || payload.length > payloadBytesMax) return
    this.#looked++
    const value = parsed(payload)
    if (value === undefined) return
    this.#json++
    if (hasTime(value, 0)) this.#withTs++
    let left = numbersPerMessageMax
    const follow = (at: unknown, path: string, depth: number): void => {
      if (left <= 0 || depth > depthMax) return
      if (typeof at === 'number') {
        left--
        this.#follow(path, at)
      } else if (typeof at === 'object' && at !== null) {
        for (const [name, member] of Object.entries(at)) {
          // Elements of a list are messages one after the other.
          const next = Array.isArray(at) ? path : `${path}\0${name}`
          if (!timeName.test(name)) follow(member, next, depth + 1)
        }
      }
    }
    follow(value, topic, 0)
  }

  #follow(path: string, value: number): void {
    const known = this.#series.get(path)
    if (known === undefined) {
      if (this.#series.size >= seriesMax) return
      const zeros = value === 0 ? 1 : 0
      const areWhole = Number.isInteger(value)
      this.#series.set(path, { count: 1, last: value, ups: 0, downs: 0, zeros, most: value, areWhole })
      return
    }
    known.count++
    if (value > known.last) known.ups++
    if (value < known.last) known.downs++
    if (value === 0) known.zeros++
    known.most = Math.max(known.most, value)
    known.areWhole &&= Number.isInteger(value) && value >= 0
    known.last = value
  }

  shares(): PayloadShares {
    const kinds = { cumulative: 0, delta: 0, other: 0 }
    let judged = 0
    for (const [path, followed] of this.#series) {
      const kind = kindOf(path, followed)
      if (kind === undefined) continue
      kinds[kind]++
      judged++
    }
    const share = (count: number, of: number): number => (of === 0 ? 0 : count / of)
    return {
      json: share(this.#json, this.#looked),
      withTs: share(this.#withTs, this.#looked),
      values: {
        cumulative: share(kinds.cumulative, judged),
        delta: share(kinds.delta, judged),
        other: share(kinds.other, judged),
      },
      looked: this.#looked,
    }
  }
}

/** Undefined for what can't be judged yet. */
function kindOf(path: string, followed: Followed): 'cumulative' | 'delta' | 'other' | undefined {
  const { count, ups, downs, zeros, most, areWhole } = followed
  const name = path.slice(path.lastIndexOf('\0') + 1)
  if (changeName.test(name)) return 'delta'
  if (totalName.test(name) && downs === 0) return 'cumulative'
  if (count < judgedFrom) return undefined
  if (downs === 0 && ups >= judgedFrom - 1 && areWhole) return 'cumulative'
  // Small whole numbers that fall back to nothing again and again; 0 and 1 alone are a state.
  if (areWhole && most > 1 && zeros / count >= 0.2 && ups > 0 && downs > 0) return 'delta'
  return 'other'
}

function parsed(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString()) as unknown
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function hasTime(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth > 2) return false
  return Object.entries(value)
    .slice(0, numbersPerMessageMax)
    .some(([name, member]) => (timeName.test(name) && isTime(member)) || hasTime(member, depth + 1))
}

function isTime(value: unknown): boolean {
  if (typeof value === 'number') return value > timeFrom
  return typeof value === 'string' && /^(\d{4}-\d{2}-\d{2}|\d{10,})/.test(value)
}
