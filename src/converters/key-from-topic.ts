// Keys that are several levels of a topic, as in homie/5/{device}/{node}/{property}: what a filter can't name with
// {key}, which is one level, is said by the level at which the key begins.
import * as z from 'zod'
import type { Message } from '../model/message.ts'
import type { Conversation, Converter, TopicCaptures } from './converter.ts'
import type { Readings } from './readings.ts'

const levelsMax = 64

export const keyFrom = z
  .int({ error: 'A level of a topic is a whole number, counted from 1.' })
  .min(1, { error: 'Levels of a topic are counted from 1.' })
  .max(levelsMax, { error: `This is a level from 1 to ${levelsMax}.` })
  .optional()
  .describe(
    'Level of the topic, counted from 1, at which the key begins; the levels from there on, joined by “.”.',
  )

/** @param level undefined: the filter names the key, or nothing does. */
export function withKeyFrom(level: number | undefined, inner: Converter): Converter {
  return level === undefined ? inner : new KeyFromTopic(level, inner)
}

class KeyFromTopic implements Converter {
  readonly #level: number
  readonly #inner: Converter

  constructor(level: number, inner: Converter) {
    this.#level = level
    this.#inner = inner
  }

  decode(message: Message, captures: TopicCaptures, out: Readings, conversation?: Conversation): void {
    const key = captures.key ?? this.#keyIn(message.topic)
    this.#inner.decode(message, { ...captures, key }, out, conversation)
  }

  /** A topic that ends before the key begins has none. */
  #keyIn(topic: string): string | undefined {
    let start = 0
    for (let passed = 1; passed < this.#level; passed++) {
      start = topic.indexOf('/', start) + 1
      if (start === 0) return undefined
    }
    return topic.slice(start).replaceAll('/', '.')
  }
}
