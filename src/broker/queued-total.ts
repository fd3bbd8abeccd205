// QoS 1-2 messages that wait for subscribers, of all sessions and shared subscriptions together.

export class QueuedTotal {
  messages = 0
  bytes = 0

  add(bytes: number): void {
    this.messages++
    this.bytes += bytes
  }

  remove(messages: number, bytes: number): void {
    this.messages -= messages
    this.bytes -= bytes
  }
}
