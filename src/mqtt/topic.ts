// Topic names and topic filters, section 4.7, and shared subscriptions, section 4.8. All functions work on
// strings as they are: nothing is normalised. [MQTT-4.7.3-4]

/** Bytes of UTF-8 that a topic name or filter may have. [MQTT-4.7.3-3] */
export const topicBytesMax = 65_535

/** Whether a message may be published to it: not empty, no wildcard, no U+0000, well-formed Unicode. */
export function isTopicName(name: string): boolean {
  // [MQTT-4.7.0-1]
  for (let index = 0; index < name.length; index++) {
    const unit = name.charCodeAt(index)
    if (unit === 0x2b || unit === 0x23 || unit === 0) return false
  }
  return isTopicText(name)
}

/** Whether it may be subscribed to. `$share/…` counts as any other filter here; see parseSharedFilter. */
export function isTopicFilter(filter: string): boolean {
  const end = filter.length
  for (let index = 0; index < end; index++) {
    const unit = filter.charCodeAt(index)
    if (unit === 0) return false
    if (unit !== 0x2b && unit !== 0x23) continue
    // [MQTT-4.7.1-1] [MQTT-4.7.1-2] A wildcard is a whole level, and `#` the last.
    if (index > 0 && filter.charCodeAt(index - 1) !== 0x2f) return false
    if (unit === 0x23 ? index + 1 < end : index + 1 < end && filter.charCodeAt(index + 1) !== 0x2f)
      return false
  }
  return isTopicText(filter)
}

// [MQTT-4.7.3-1] [MQTT-4.7.3-3] [MQTT-1.5.4-1] No UTF-16 unit takes more than three bytes.
function isTopicText(text: string): boolean {
  if (text.length === 0 || !text.isWellFormed()) return false
  return text.length * 3 <= topicBytesMax || Buffer.byteLength(text) <= topicBytesMax
}

/** Whether a text has characters that section 1.5.4 advises against, and lets a receiver refuse: control
 *  characters and those that are no characters. */
export function hasControlCharacters(text: string): boolean {
  return /[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(text)
}

/** Whether a filter matches a topic name. Both are well-formed; the filter is not `$share/…`.
 *  Takes time linear in their lengths. */
export function matches(filter: string, topic: string): boolean {
  const first = filter.charCodeAt(0)
  // [MQTT-4.7.2-1]
  if (topic.charCodeAt(0) === 0x24 && (first === 0x2b || first === 0x23)) return false
  let filterAt = 0
  let topicAt = 0
  for (;;) {
    const unit = filter.charCodeAt(filterAt)
    if (unit === 0x23) return true
    let topicEnd = topic.indexOf('/', topicAt)
    if (topicEnd === -1) topicEnd = topic.length
    let filterEnd = filter.indexOf('/', filterAt)
    if (filterEnd === -1) filterEnd = filter.length
    if (unit !== 0x2b) {
      const length = filterEnd - filterAt
      if (length !== topicEnd - topicAt || !topic.startsWith(filter.slice(filterAt, filterEnd), topicAt))
        return false
    }
    const isTopicOver = topicEnd === topic.length
    if (filterEnd === filter.length) return isTopicOver
    // `a/#` also matches `a`, section 4.7.1.2.
    if (isTopicOver) return filterEnd + 2 === filter.length && filter.charCodeAt(filterEnd + 1) === 0x23
    filterAt = filterEnd + 1
    topicAt = topicEnd + 1
  }
}

/** Whether some topic name matches both filters. Both are well-formed and not `$share/…`. */
export function overlap(a: string, b: string): boolean {
  const [first, second] = [a.split('/'), b.split('/')]
  for (let level = 0; ; level++) {
    const [one, other] = [first[level], second[level]]
    if (one === '#' || other === '#') return true
    // `a/#` also matches `a`, section 4.7.1.2.
    if (one === undefined) return other === undefined || other === '#'
    if (other === undefined) return false
    if (one !== other && one !== '+' && other !== '+') return false
  }
}

const sharePrefix = '$share/'

/** Whether a filter asks for a shared subscription, well-formed or not. */
export function isShared(filter: string): boolean {
  return filter.startsWith(sharePrefix)
}

export interface SharedFilter {
  group: string
  /** What the group's messages match. */
  filter: string
}

/** The parts of `$share/group/filter`; undefined when it isn't one or lacks a part.
 *  [MQTT-4.8.2-1] [MQTT-4.8.2-2] */
export function parseSharedFilter(text: string): SharedFilter | undefined {
  if (!isShared(text)) return undefined
  const groupEnd = text.indexOf('/', sharePrefix.length)
  if (groupEnd === -1) return undefined
  const group = text.slice(sharePrefix.length, groupEnd)
  const filter = text.slice(groupEnd + 1)
  if (group === '' || /[+#]/.test(group) || !isTopicFilter(filter)) return undefined
  return { group, filter }
}

/** A topic filter whose single-level wildcards have names: `plant/{device}/telemetry`. */
export interface NamedFilter {
  /** What messages match: `plant/+/telemetry`, without `$share/group/`. */
  filter: string
  /** The group of `$share/group/…`; undefined when it isn't shared. */
  group: string | undefined
  /** Each name with its level in `filter`, counted from 0. */
  names: readonly { name: string; level: number }[]
}

const nameCharactersMax = 64
const namePattern = /^[A-Za-z][A-Za-z0-9_]*$/

/** Reads a filter with named levels; plain filters are read as well.
 *  @returns `error`: a sentence that says what is wrong and where, levels counted from 1. */
export function parseNamedFilter(text: string): NamedFilter | { error: string } {
  const textError = topicTextError(text)
  if (textError !== undefined) return { error: textError }
  let group: string | undefined
  let pattern = text
  if (isShared(text)) {
    const groupEnd = text.indexOf('/', sharePrefix.length)
    group = text.slice(sharePrefix.length, groupEnd === -1 ? undefined : groupEnd)
    pattern = groupEnd === -1 ? '' : text.slice(groupEnd + 1)
    if (group === '' || pattern === '' || /[+#{}]/.test(group)) {
      return { error: 'A shared filter is written $share/group/filter, with a group name without + # { }.' }
    }
  }
  const levels = pattern.split('/')
  const names: { name: string; level: number }[] = []
  for (let level = 0; level < levels.length; level++) {
    const written = levels[level]!
    const error = levelError(written, level, levels.length)
    if (error !== undefined) return { error }
    if (!written.startsWith('{')) continue
    const name = written.slice(1, -1)
    const earlier = names.find((each) => each.name === name)
    if (earlier !== undefined) {
      return {
        error: `The name {${name}} stands in level ${earlier.level + 1} and again in level ${level + 1}.`,
      }
    }
    names.push({ name, level })
    levels[level] = '+'
  }
  return { filter: levels.join('/'), group, names }
}

function topicTextError(text: string): string | undefined {
  if (text === '') return 'A topic filter needs at least one character.'
  if (text.includes('\0')) return 'A topic filter can’t contain the character U+0000.'
  if (!text.isWellFormed()) return 'A topic filter can’t contain half of a surrogate pair.'
  const bytes = Buffer.byteLength(text)
  if (bytes > topicBytesMax) return `A topic filter has at most 65,535 bytes in UTF-8; this one has ${bytes}.`
  return undefined
}

function levelError(written: string, level: number, levels: number): string | undefined {
  const where = `level ${level + 1}, "${shortened(written)}"`
  if (written.includes('#')) {
    if (written !== '#') return `The wildcard # must be a level of its own; ${where}, has more.`
    if (level !== levels - 1)
      return `The wildcard # must be the last level; here it is level ${level + 1} of ${levels}.`
  }
  if (written.includes('+') && written !== '+') {
    return `The wildcard + must be a level of its own; ${where}, has more.`
  }
  if (!/[{}]/.test(written)) return undefined
  if (!/^\{[^{}]*\}$/.test(written))
    return `A named level is written {name} and nothing else; ${where}, is not.`
  const name = written.slice(1, -1)
  if (name.length <= nameCharactersMax && namePattern.test(name)) return undefined
  return `A name is a letter, then letters, digits or _, at most ${nameCharactersMax}; ${where}, is not.`
}

function shortened(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39).toWellFormed()}…`
}

/** What the levels named `device` and `key` are in a topic that matches `named.filter`. */
export function captures(
  topic: string,
  named: NamedFilter,
): { device: string | undefined; key: string | undefined } {
  return { device: capture(topic, named, 'device'), key: capture(topic, named, 'key') }
}

function capture(topic: string, named: NamedFilter, name: string): string | undefined {
  const level = named.names.find((each) => each.name === name)?.level
  if (level === undefined) return undefined
  let start = 0
  for (let passed = 0; passed < level; passed++) start = topic.indexOf('/', start) + 1
  const end = topic.indexOf('/', start)
  return topic.slice(start, end === -1 ? undefined : end)
}
