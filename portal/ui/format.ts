// How numbers, sizes, times and values are written everywhere in the portal.

const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 })
const fine = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 7 })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
})

/** 1,204,331 */
export function count(value: number): string {
  return whole.format(value)
}

/** 21.4 with no more digits than are told apart. */
export function number(value: number): string {
  return Number.isFinite(value) ? fine.format(value) : '–'
}

const sizes = ['B', 'KB', 'MB', 'GB', 'TB']

/** 41 GB */
export function bytes(value: number): string {
  let size = value
  let unit = 0
  while (size >= 1000 && unit < sizes.length - 1) {
    size /= 1000
    unit += 1
  }
  return `${size >= 100 || unit === 0 ? Math.round(size) : Math.round(size * 10) / 10} ${sizes[unit]}`
}

/** 3.1 ms, 12 s, 4 min, 3 h, 5 d */
export function duration(ms: number): string {
  if (ms < 1) return `${Math.round(ms * 100) / 100} ms`
  if (ms < 1_000) return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`
  if (ms < 60_000) return `${ms < 10_000 ? Math.round(ms / 100) / 10 : Math.round(ms / 1_000)} s`
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 48 * 3_600_000) return `${Math.round(ms / 3_600_000)} h`
  return `${Math.round(ms / 86_400_000)} d`
}

/** 27 Nov 2026, 12:04:10.113 */
export function moment(ms: number): string {
  const at = new Date(ms)
  const rest = Math.round((ms - Math.floor(ms / 1_000) * 1_000) * 1_000) / 1_000
  const fraction =
    rest === 0
      ? ''
      : `.${rest
          .toFixed(3)
          .padStart(7, '0')
          .replace(/\.?0+$/, '')}`
  return `${day.format(at)}, ${clock.format(at)}${fraction}`
}

/** A value of a reading on one line. */
export function valueText(value: unknown): string {
  if (typeof value === 'number') return number(value)
  if (typeof value === 'string') return value
  return JSON.stringify(value)
}
