// The drill's own list of what it sent and what was acknowledged. It never asks the hub: it is the judge.

/** QoS 1 or 2, with a timestamp in the payload or plain. The kind is also the telemetry key. */
export const kinds = ['q1ts', 'q1plain', 'q2ts', 'q2plain'] as const
export type Kind = (typeof kinds)[number]

export interface SentMessage {
  /** Unlike every other of its device, and the value of its reading: a doubled row shows. */
  n: number
  kind: Kind
  /** Milliseconds; undefined for a plain message, whose time the hub decides. */
  ts: number | undefined
  /** PUBACK, or PUBREC at QoS 2, has arrived. */
  isAcknowledged: boolean
}

export class Ledger {
  readonly device: string
  readonly sent: SentMessage[] = []
  readonly #firstTs: number

  constructor(device: string, firstTs: number) {
    this.device = device
    this.#firstTs = firstTs
  }

  write(kind: Kind): SentMessage {
    const n = this.sent.length
    const hasTs = kind === 'q1ts' || kind === 'q2ts'
    const message = { n, kind, ts: hasTs ? this.#firstTs + n : undefined, isAcknowledged: false }
    this.sent.push(message)
    return message
  }
}

/** What came back over the API for one device: series by key. */
export type StoredSeries = Partial<Record<string, { ts: number[]; value: unknown[] }>>

export interface Verdict {
  kind: Kind
  sent: number
  acknowledged: number
  /** Messages whose row is there. */
  stored: number
  /** Acknowledged, and no row is there. */
  missing: number
  /** Rows too many: of a message that has more than one. */
  doubled: number
  /** Rows with another time than the message said, or of a message that was never sent. */
  strange: number
}

export function emptyVerdict(kind: Kind): Verdict {
  return { kind, sent: 0, acknowledged: 0, stored: 0, missing: 0, doubled: 0, strange: 0 }
}

/** Compares what was sent by one device with the rows that are there.
 *  @param problems gets a line for each row or message at fault, the first ones only. */
export function judge(ledger: Ledger, stored: StoredSeries, problems: string[]): Verdict[] {
  return kinds.map((kind) => {
    const verdict = emptyVerdict(kind)
    const complain = (what: string): void => {
      if (problems.length < 20) problems.push(`${ledger.device} ${kind}: ${what}`)
    }
    const rowsOf = new Map<unknown, number[]>()
    const series = stored[kind] ?? { ts: [], value: [] }
    for (const [row, n] of series.value.entries()) {
      const rows = rowsOf.get(n)
      const ts = series.ts[row] ?? Number.NaN
      if (rows === undefined) rowsOf.set(n, [ts])
      else rows.push(ts)
    }
    for (const message of ledger.sent) {
      if (message.kind !== kind) continue
      const rows = rowsOf.get(message.n) ?? []
      rowsOf.delete(message.n)
      verdict.sent += 1
      if (message.isAcknowledged) verdict.acknowledged += 1
      if (rows.length > 0) verdict.stored += 1
      if (rows.length === 0 && message.isAcknowledged) {
        verdict.missing += 1
        complain(`message ${message.n} was acknowledged and is missing`)
      }
      if (rows.length > 1) {
        verdict.doubled += rows.length - 1
        complain(`message ${message.n} is there at ${rows.join(' and ')}`)
      }
      if (message.ts !== undefined && rows.some((ts) => ts !== message.ts)) {
        verdict.strange += 1
        complain(`message ${message.n} has ts ${rows.join(', ')} instead of ${message.ts}`)
      }
    }
    for (const [n, rows] of rowsOf) {
      verdict.strange += rows.length
      complain(`a row with the value ${String(n)} was never sent`)
    }
    return verdict
  })
}

export function addUp(all: readonly Verdict[], kind: Kind): Verdict {
  const sum = emptyVerdict(kind)
  for (const verdict of all) {
    if (verdict.kind !== kind) continue
    sum.sent += verdict.sent
    sum.acknowledged += verdict.acknowledged
    sum.stored += verdict.stored
    sum.missing += verdict.missing
    sum.doubled += verdict.doubled
    sum.strange += verdict.strange
  }
  return sum
}
