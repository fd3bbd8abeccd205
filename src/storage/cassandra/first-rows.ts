// Rows of one partition whose first value stays ("ignore"): written under the condition that they are not there.
// Many travel as one conditional batch, which the cluster takes wholly or not at all, at about the price of the
// condition of a single row.
import { assert } from '../../lib/assert.ts'
import { isSameValue, type Value } from '../../model/reading.ts'
import type { RunTally } from '../store.ts'
import type { Cluster, Statement } from './cluster.ts'
import type { StoredRow } from './lookup.ts'
import { statements } from './statements.ts'
import { integerBytes, kindOf, numberOf, routingKey, valueBytes, valueOf } from './values.ts'

/** The cluster reads each row of a request before it decides. */
const rowsPerRequest = 100
const bytesPerRequest = 32 * 1024
const rowOverheadBytes = 32
/** A request that meets rows is told which, and goes again without them. It meets others then only if another hub
 *  writes them at this moment; after so many rounds its rows go one by one. */
const roundsMax = 4

/** What is asked of the cluster. */
type Conditions = Pick<Cluster, 'writeIfAbsent'>

/** A row whose first value stays, until it is known whether it was the first. */
export interface FirstRow {
  ts: number
  value: Value
  /** Where it was counted as new. */
  tally: RunTally
  isLate: boolean
}

interface Request {
  /** Rows that are not decided yet. */
  rows: { row: FirstRow; statement: Statement }[]
  bytes: number
  rounds: number
}

export class FirstRows {
  readonly #key: readonly Buffer[]
  readonly #routingKey: Buffer
  readonly #requests: Request[] = []

  /** @param key of the partition: device, key, bucket. */
  constructor(key: readonly Buffer[]) {
    this.#key = key
    this.#routingKey = routingKey(key)
  }

  /** @param row of a time that was not added before. */
  add(row: FirstRow): void {
    const value = valueBytes(row.value)
    const params = [...this.#key, integerBytes(row.ts), value]
    const statement = { query: statements.insertIfAbsent[kindOf(row.value)]!, params }
    const bytes = this.#routingKey.length + value.length + rowOverheadBytes
    let request = this.#requests.at(-1)
    const isFull = request?.rows.length === rowsPerRequest || (request?.bytes ?? 0) + bytes > bytesPerRequest
    if (request === undefined || isFull) this.#requests.push((request = { rows: [], bytes: 0, rounds: 0 }))
    request.rows.push({ row, statement })
    request.bytes += bytes
  }

  /** Writes the rows that are not there, and corrects the counts of those that are. The cluster decides on one
   *  condition of a partition at a time: requests that came together would only be in each other's way.
   *  After a failure the rows that are not decided remain for the next attempt. The failed request may have taken
   *  effect: its rows are met then, and counted as such.
   *  @throws CLUSTER_* */
  async write(cluster: Conditions): Promise<void> {
    for (let request = this.#requests[0]; request !== undefined; request = this.#requests[0]) {
      await this.#attempt(cluster, request)
      if (request.rows.length === 0) this.#requests.shift()
    }
  }

  async #attempt(cluster: Conditions, request: Request): Promise<void> {
    const sent = request.rounds < roundsMax ? request.rows : request.rows.slice(0, 1)
    const found = await cluster.writeIfAbsent<StoredRow>(
      sent.map(({ statement }) => statement),
      this.#routingKey,
    )
    request.rounds++
    if (found.length === 0) {
      request.rows = request.rows.slice(sent.length)
      return
    }
    const stored = new Map(found.map((one) => [numberOf(one.ts), valueOf(one)]))
    const left = request.rows.filter(({ row }) => !stored.has(row.ts))
    assert(left.length < request.rows.length || sent.length > 1, 'a refused row is told')
    for (const { row } of sent) {
      const met = stored.get(row.ts)
      if (met !== undefined) countMet(row, met)
    }
    request.rows = left
  }
}

/** It was not the first. */
function countMet({ tally, isLate, value }: FirstRow, stored: Value): void {
  tally.fresh--
  if (isLate) tally.late--
  if (isSameValue(stored, value)) tally.sameValue++
  else tally.ignored++
}
