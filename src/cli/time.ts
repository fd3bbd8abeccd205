// Moments on the command line: RFC 3339, milliseconds since the epoch, or a time before now ("2h", "7d").
import { usageFailure } from './exit-code.ts'

const unitMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** A moment as the API takes it, milliseconds with up to three decimals.
 *  @throws usage failure when it is none. */
export function momentText(text: string, option: string, nowMs: number = Date.now()): string {
  const ago = /^(\d+)(s|m|h|d|w)$/.exec(text)
  if (ago !== null) return String(nowMs - Number(ago[1]) * unitMs[ago[2]!]!)
  if (/^-?\d+(\.\d{1,3})?$/.test(text)) return text
  const ms = text === 'now' ? nowMs : Date.parse(text)
  if (Number.isNaN(ms) || (text !== 'now' && !/^\d{4}-\d\d/.test(text))) {
    throw usageFailure(
      `The value "${text}" of ${option} is no moment.`,
      'Write 2026-01-31T12:00:00Z, milliseconds since the epoch, or a time before now such as 2h or 7d.',
    )
  }
  return String(ms)
}

/** Milliseconds (with a fraction) as people read them, UTC. */
export function showMoment(ms: number): string {
  return rfc3339(Math.round(ms * 1000))
}

/** Integer microseconds as RFC 3339, UTC, with as many digits as it takes. */
export function rfc3339(us: number): string {
  const ms = Math.floor(us / 1000)
  const rest = us - ms * 1000
  const text = new Date(ms).toISOString()
  return rest === 0 ? text : text.replace('Z', `${String(rest).padStart(3, '0')}Z`)
}
