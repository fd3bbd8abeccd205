// Encoded forms of retained messages. Whoever subscribes to very many reads them beside others who do, so the forms are
// shared; but the messages stay for years and are counted without them, so only the newest forms are kept (I7).
import type { RoutedMessage } from './routed-message.ts'

export const recentFormsBytesMax = 4 * 1024 * 1024
/** The list is made anew when so much of it has been forgotten. */
const forgottenMax = 4096

export class RecentForms {
  #forms: { message: RoutedMessage; bytes: number }[] = []
  /** Those before it are forgotten. */
  #first = 0
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  /** A message has got another form of so many bytes. The oldest forget theirs, all of a message at a time. */
  add(message: RoutedMessage, bytes: number): void {
    this.#forms.push({ message, bytes })
    this.#bytes += bytes
    while (this.#bytes > recentFormsBytesMax) {
      const oldest = this.#forms[this.#first++]!
      oldest.message.forgetForms()
      this.#bytes -= oldest.bytes
    }
    if (this.#first < forgottenMax) return
    this.#forms = this.#forms.slice(this.#first)
    this.#first = 0
  }
}
