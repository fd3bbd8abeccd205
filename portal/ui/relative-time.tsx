// How long ago something was, kept up to date, with the exact moment behind it.
import { useSyncExternalStore } from 'react'
import { duration, moment } from './format.ts'
import { Tooltip } from './tooltip.tsx'

const tickMs = 1_000
const watchers = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined

/** One timer for all that show a time; it stops when nothing does. */
function watch(onChange: () => void): () => void {
  watchers.add(onChange)
  // While nobody looked, the time stood still.
  if (timer === undefined) now = Date.now()
  timer ??= setInterval(() => {
    now = Date.now()
    for (const each of watchers) each()
  }, tickMs)
  return () => {
    watchers.delete(onChange)
    if (watchers.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The present moment in milliseconds, to the second. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => now)
}

/** `at`: RFC 3339, or milliseconds since the epoch. */
export function RelativeTime({ at }: { at: string | number }) {
  const time = typeof at === 'number' ? at : Date.parse(at)
  const passed = Math.max(useNow(), time - tickMs) - time
  const text =
    passed < -tickMs ? `in ${duration(-passed)}` : passed < 2_000 ? 'now' : `${duration(passed)} ago`
  return (
    <Tooltip text={moment(time)}>
      <time dateTime={new Date(time).toISOString()} tabIndex={0}>
        {text}
      </time>
    </Tooltip>
  )
}
