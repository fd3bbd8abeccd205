// Which converter a replay begins with, and which filter of an integration gives the message its device.

/** The ready-made integration has a converter for each of its topics. */
const readyMade: readonly [topic: RegExp, type: string][] = [
  [/^(v1\/devices\/me\/telemetry|v2\/t)$/, 'thingsboard'],
  [/^v1\/gateway\/telemetry$/, 'thingsboard-gateway'],
]

export function converterToTry(
  converter: Record<string, unknown> | undefined,
  topic: string,
): Record<string, unknown> {
  if (converter !== undefined && converter['type'] !== 'device-api') return converter
  return { type: readyMade.find(([pattern]) => pattern.test(topic))?.[1] ?? 'json' }
}

/** The first filter that a topic matches; undefined for none. */
export function filterFor(topics: readonly { filter: string }[], topic: string): string | undefined {
  return topics.find(({ filter }) => matches(filter, topic))?.filter
}

/** Names stand for single levels, as `+` does. */
function matches(filter: string, topic: string): boolean {
  const levels = filter.replace(/^\$share\/[^/]+\//, '').split('/')
  const names = topic.split('/')
  for (const [at, level] of levels.entries()) {
    if (level === '#') return true
    const isAny = level === '+' || /^\{\w+\}$/.test(level)
    if (at >= names.length || (!isAny && level !== names[at])) return false
  }
  return levels.length === names.length
}
