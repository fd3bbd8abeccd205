// Rejected messages put together by what is wrong with them: one cause, one group.
import type { AnswerOf } from '../../data/client.ts'

export type Rejected = AnswerOf<'listRejected'>['items'][number]

export interface Group {
  /** Names it in the address. */
  id: string
  integration: string
  code: string
  /** Of the newest message; others may name another place or value. */
  reason: string
  /** Newest first. */
  messages: Rejected[]
}

/** @param items newest first. @returns the group with the newest message first. */
export function groupsOf(items: readonly Rejected[]): Group[] {
  const groups = new Map<string, Group>()
  for (const item of items) {
    const { integration, code, reason } = item
    const id = `${integration}.${code}`
    const group = groups.get(id)
    if (group === undefined) groups.set(id, { id, integration, code, reason, messages: [item] })
    else group.messages.push(item)
  }
  return [...groups.values()]
}
