// What one client may publish and subscribe to. Asked for every message, so what was answered before is remembered;
// a change of roles or integrations makes it look again.
import { isShared, matches, parseNamedFilter, parseSharedFilter } from '../mqtt/topic.ts'
import type { Grants } from './records.ts'
import type { Roles } from './roles.ts'

/** Topics whose answer is remembered for one client; beyond it the memory starts anew. */
const topicsRememberedMax = 64

export class TopicRights {
  readonly #roles: Roles
  readonly #device: string
  readonly #grants: Grants
  #version = -1
  #publish: string[] = []
  #subscribe: string[] = []
  #lastAllowed = ''
  readonly #answers = new Map<string, boolean>()

  /** @param device what `{device}` stands for; empty where it stands for nothing. */
  constructor(roles: Roles, device: string, grants: Grants) {
    this.#roles = roles
    this.#device = device
    this.#grants = grants
  }

  mayPublish(topic: string): boolean {
    if (this.#version !== this.#roles.version) this.#look()
    if (topic === this.#lastAllowed) return true
    let answer = this.#answers.get(topic)
    if (answer === undefined) {
      answer = this.#publish.some((filter) => matches(filter, topic))
      if (this.#answers.size >= topicsRememberedMax) this.#answers.clear()
      this.#answers.set(topic, answer)
    }
    if (answer) this.#lastAllowed = topic
    return answer
  }

  maySubscribe(asked: string): boolean {
    if (this.#version !== this.#roles.version) this.#look()
    const filter = isShared(asked) ? parseSharedFilter(asked)?.filter : asked
    return filter !== undefined && this.#subscribe.some((allowed) => covers(allowed, filter))
  }

  #look(): void {
    const { publish, subscribe } = this.#roles.filtersOf(this.#grants)
    this.#publish = filtersFor(this.#device, publish)
    this.#subscribe = filtersFor(this.#device, subscribe)
    this.#answers.clear()
    this.#lastAllowed = ''
    this.#version = this.#roles.version
  }
}

/** The filters of one device. A name that would be a wildcard or more than one level in a filter is never put
 *  into one: such a device has only what needs no name. */
function filtersFor(device: string, patterns: readonly string[]): string[] {
  const isPlain = device !== '' && !/[+#/]/.test(device)
  const filters: string[] = []
  for (const pattern of patterns) {
    const named = parseNamedFilter(pattern)
    if ('error' in named) continue
    const at = named.names.find(({ name }) => name === 'device')?.level
    if (at === undefined) filters.push(named.filter)
    else if (isPlain) filters.push(named.filter.split('/').with(at, device).join('/'))
  }
  return [...new Set(filters)]
}

/** Whether everything that `filter` matches is matched by `allowed` as well. */
export function covers(allowed: string, filter: string): boolean {
  const wide = allowed.split('/')
  const narrow = filter.split('/')
  // [MQTT-4.7.2-1] A wildcard at the start leaves out what begins with $.
  if (filter.startsWith('$') && (wide[0] === '#' || wide[0] === '+')) return false
  for (const [at, level] of wide.entries()) {
    if (level === '#') return true
    const asked = narrow[at]
    // `a/#` matches `a`, so `a/+` or `a` does not cover it.
    if (asked === undefined || asked === '#') return false
    if (level !== '+' && level !== asked) return false
  }
  return wide.length === narrow.length
}
