// How complete and punctual a series is: the interval at which it reports is learned from its own times, and a gap is
// where readings should be by it. Pure.

/** A gap begins where the next reading is later than this many intervals. */
const gapIntervals = 1.8
/** Readings from which on an interval can be learned, and the share of them that must keep to it about. */
const learnedFrom = 5
const steadyShare = 0.6

export interface Gap {
  /** The reading before it and the one after it, integer microseconds. */
  startTs: number
  endTs: number
  /** Readings that lack. */
  missing: number
}

export interface Completeness {
  /** Integer microseconds; undefined where the times show no interval. */
  intervalUs: number | undefined
  stored: number
  /** Readings that the interval lets expect; undefined without one. */
  expected: number | undefined
  /** Oldest first, at most as many as asked for, the largest of them. */
  gaps: Gap[]
  gapCount: number
  missing: number
}

/** @param ts ascending, integer microseconds.
 *  @param endTs up to where readings are expected: the end of the range, or now.
 *  @param gapsMax gaps that are told. */
export function completenessOf(ts: Float64Array, endTs: number, gapsMax: number): Completeness {
  const stored = ts.length
  const intervalUs = learnInterval(ts)
  if (intervalUs === undefined) {
    return { intervalUs, stored, expected: undefined, gaps: [], gapCount: 0, missing: 0 }
  }
  const gaps: Gap[] = []
  for (let i = 1; i <= ts.length; i++) {
    const [startTs, nextTs] = [ts[i - 1]!, i < ts.length ? ts[i]! : endTs]
    if (nextTs - startTs <= gapIntervals * intervalUs) continue
    // The one that is due just now is not missing yet.
    const missing = Math.round((nextTs - startTs) / intervalUs) - 1
    if (missing > 0) gaps.push({ startTs, endTs: nextTs, missing })
  }
  const missing = gaps.reduce((sum, gap) => sum + gap.missing, 0)
  const largest = gaps.toSorted((a, b) => b.missing - a.missing).slice(0, gapsMax)
  return {
    intervalUs,
    stored,
    expected: stored + missing,
    gaps: largest.toSorted((a, b) => a.startTs - b.startTs),
    gapCount: gaps.length,
    missing,
  }
}

/** The median distance of neighbours, where most keep to it; undefined for what comes when something happens. */
export function learnInterval(ts: Float64Array): number | undefined {
  if (ts.length < learnedFrom) return undefined
  const distances = new Float64Array(ts.length - 1)
  for (let i = 1; i < ts.length; i++) distances[i - 1] = ts[i]! - ts[i - 1]!
  distances.sort()
  const median = distances[distances.length >> 1]!
  if (median <= 0) return undefined
  const within = distances.reduce(
    (sum, each) => (Math.abs(each - median) <= median * 0.25 ? sum + 1 : sum),
    0,
  )
  return within / distances.length >= steadyShare ? median : undefined
}

export interface QualityFacts extends Pick<Completeness, 'gapCount' | 'missing' | 'intervalUs'> {
  received: { qos0: number; qos1: number; qos2: number }
  late: number
  repeated: number
  rejected: number
}

/** Full sentences about what could be better; none where nothing could. */
export function qualityAdvice({
  received,
  gapCount,
  missing,
  late,
  repeated,
  rejected,
}: QualityFacts): string[] {
  const advice: string[] = []
  const { qos0, qos1, qos2 } = received
  if (gapCount > 0 && qos0 > 0) {
    advice.push(
      `${plural(missing, 'reading')} lack in ${plural(gapCount, 'gap')}, and the device publishes at QoS 0, where what ` +
        'is lost on the way stays lost. At QoS 1 it sends again until it has its answer.',
    )
  } else if (gapCount > 0 && qos1 + qos2 > 0) {
    advice.push(
      `${plural(missing, 'reading')} lack in ${plural(gapCount, 'gap')} although the device publishes at QoS 1 or 2. A ` +
        'device that keeps its session (clean start off, a fixed client identifier) and its unanswered messages sends ' +
        'them after an outage.',
    )
  }
  if (late > 0 && gapCount === 0) {
    advice.push(
      'Late readings were sent after an outage or were held back on the way; they are stored at their own times.',
    )
  }
  if (repeated > 0 && qos1 + qos2 > 0) {
    advice.push('Repeats met their own rows and are not there twice; that is what QoS 1 is about.')
  }
  if (rejected > 0) {
    advice.push(
      'Some messages could not be read and are kept as rejected. Mend the converter, then retry them.',
    )
  }
  return advice
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
