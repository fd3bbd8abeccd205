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
