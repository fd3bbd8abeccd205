// What can be said about topic filters before the hub is asked: what is wrong with one, and what one should know
// about it. The hub checks again when the integration is saved.

export interface FilterFinding {
  kind: 'error' | 'warning' | 'info'
  sentence: string
}

const filterBytesMax = 65_535
const namedLevel = /^\{(\w*)\}$/

/** Findings about one filter, the gravest first; none for one that is in order. */
export function findingsOf(filter: string): FilterFinding[] {
  const text = filter.trim()
  if (text === '') return [error('Enter a topic filter, for example plant/{device}/telemetry.')]
  if (new TextEncoder().encode(text).length > filterBytesMax)
    return [error('A topic filter has at most 65,535 bytes.')]
  if (text.includes('\0')) return [error('A topic filter can’t contain the character U+0000.')]
  const share = /^\$share\/([^/]*)\/?(.*)$/s.exec(text)
  if (share !== null) {
    const [, group = '', rest = ''] = share
    if (group === '' || /[+#]/.test(group))
      return [error('After $share comes the name of a group, without + and #.')]
    if (rest === '') return [error(`After $share/${group}/ comes the filter itself.`)]
    return [
      ...levelFindings(rest),
      info(`Members of the group “${group}” share the messages: each goes to one of them.`),
    ]
  }
  return levelFindings(text)
}

function levelFindings(text: string): FilterFinding[] {
  const levels = text.split('/')
  const names = new Set<string>()
  for (const [index, level] of levels.entries()) {
    const named = namedLevel.exec(level)
    if (named !== null) {
      const name = named[1] ?? ''
      if (name !== 'device' && name !== 'key')
        return [error(`{${name}} is not known: a level is {device}, {key}, + or a word.`)]
      if (names.has(name)) return [error(`{${name}} stands twice; a message can have only one.`)]
      names.add(name)
      continue
    }
    if (/[{}]/.test(level))
      return [error(`{device} and {key} stand for a whole level, not for a part of “${level}”.`)]
    if (level === '#' && index < levels.length - 1)
      return [error('# stands for all that follows, so it comes last.')]
    if (level !== '#' && level.includes('#')) return [error('# stands for whole levels: put a / before it.')]
    if (level !== '+' && level.includes('+'))
      return [error(`+ stands for a whole level, not for a part of “${level}”.`)]
  }
  const findings: FilterFinding[] = []
  if (text === '#')
    findings.push(
      warning('# alone takes every message of every device. A narrower filter is easier to keep in hand.'),
    )
  if (/\s/.test(text)) findings.push(warning('There is a space in this filter. Topics rarely have one.'))
  return findings
}

/** Pairs of filters that both match some topic, as one sentence each. */
export function overlaps(filters: readonly string[]): string[] {
  const sentences: string[] = []
  const plain = filters
    .map((filter) => filter.trim())
    .filter((filter) => findingsOf(filter).every(({ kind }) => kind !== 'error'))
  for (const [index, one] of plain.entries()) {
    for (const other of plain.slice(index + 1)) {
      if (!overlap(levelsOf(one), levelsOf(other))) continue
      sentences.push(
        `${one} and ${other} match some of the same topics; a message is stored once, at the higher QoS.`,
      )
    }
  }
  return sentences
}

function levelsOf(filter: string): string[] {
  return filter.replace(/^\$share\/[^/]*\//, '').split('/')
}

function overlap(a: readonly string[], b: readonly string[]): boolean {
  for (let at = 0; ; at++) {
    const one = a[at]
    const other = b[at]
    if (one === '#' || other === '#') return true
    if (one === undefined || other === undefined) return one === other
    if (!isAny(one) && !isAny(other) && one !== other) return false
  }
}

function isAny(level: string): boolean {
  return level === '+' || namedLevel.test(level)
}

/** Whether the topic gives the device. */
export function namesDevice(filter: string): boolean {
  return filter.split('/').includes('{device}')
}

function error(sentence: string): FilterFinding {
  return { kind: 'error', sentence }
}

function warning(sentence: string): FilterFinding {
  return { kind: 'warning', sentence }
}

function info(sentence: string): FilterFinding {
  return { kind: 'info', sentence }
}
