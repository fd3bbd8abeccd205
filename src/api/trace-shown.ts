// A trace as the API shows it.
import type { Trace } from '../delivery/trace.ts'
import { objectText, valueText } from './json-text.ts'
import { textOf } from './payload-text.ts'
import { millisecondsText, timeText } from './time.ts'

export function summaryOf(trace: Trace) {
  const { id, integration, topic, device, clientId, qos, effectiveQos, dup, retain, bytes, outcome, reason } =
    trace
  return {
    id,
    at: timeText(trace.receivedTs),
    ...{ integration, topic, device, clientId, qos, effectiveQos, dup, retain, bytes, outcome },
    readings: trace.readingCount,
    ...(reason !== undefined && { reason }),
    ms: {
      decoded: rounded(trace.decodedMs),
      stored: rounded(trace.storedMs),
      acknowledged: rounded(trace.acknowledgedMs),
    },
  }
}

/** JSON text of the whole of it. @param isHidden without what was sent, and what was read from it. */
export function traceText(trace: Trace, isHidden: boolean): string {
  const { payload, properties, batch } = trace
  const shown = {
    ...summaryOf(trace),
    payload: {
      bytes: trace.bytes,
      text: isHidden ? null : textOf(payload, trace.isPayloadCut),
      base64: isHidden ? null : payload.toString('base64'),
      isCut: trace.isPayloadCut,
      isHidden,
    },
    userProperties: isHidden ? [] : (properties?.userProperties ?? []),
    contentType: properties?.contentType ?? null,
    packetId: trace.packetId === 0 ? null : trace.packetId,
    sessionResumed: trace.isResumed,
    batch: batch === undefined ? null : { ...batch, commitMs: rounded(batch.commitMs) },
    areValuesCut: trace.areReadingsCut || isHidden,
  }
  const values = isHidden
    ? []
    : trace.readings.map(({ device, key, ts, value }) =>
        objectText([
          ['device', JSON.stringify(device)],
          ['key', JSON.stringify(key)],
          ['ts', millisecondsText(ts)],
          ['value', valueText(value)],
        ]),
      )
  const members = Object.entries(shown).map(([name, value]) => [name, JSON.stringify(value)] as const)
  return objectText([...members, ['values', `[${values.join(',')}]`]])
}

/** Microseconds are the finest that a clock tells. */
function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms * 1000) / 1000
}
