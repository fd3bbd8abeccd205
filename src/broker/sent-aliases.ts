// Topic aliases on the way to one client: the first topics it gets have one each, for as long as the
// connection lasts. [MQTT-3.1.2-26] [MQTT-3.3.2-7] [MQTT-3.3.2-11]

/** How the topic of one PUBLISH is written. */
export interface SentAlias {
  /** 0 for none. */
  readonly alias: number
  /** The client has heard topic and alias together: the alias alone will do. */
  readonly isKnown: boolean
}

export const noAlias: SentAlias = { alias: 0, isKnown: false }

/** The property takes three bytes; shorter topics gain nothing. */
const topicCharactersMin = 4

export class SentAliases {
  readonly #aliases = new Map<string, SentAlias>()
  readonly #max: number

  /** @param max Topic Alias Maximum of the client, or less. */
  constructor(max: number) {
    this.#max = max
  }

  /** The alias of a topic, or one that it may have from now on. */
  of(topic: string): SentAlias {
    const known = this.#aliases.get(topic)
    if (known !== undefined) return known
    if (this.#aliases.size >= this.#max || topic.length < topicCharactersMin) return noAlias
    return { alias: this.#aliases.size + 1, isKnown: false }
  }

  /** Topic and alias have been sent together. */
  sent(topic: string, { alias, isKnown }: SentAlias): void {
    if (alias > 0 && !isKnown) this.#aliases.set(topic, { alias, isKnown: true })
  }
}
