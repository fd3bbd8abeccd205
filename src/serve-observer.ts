// Joins what the broker tells with those who count, watch and wait for it. Part of the building of the house, beside
// serve.ts.
import type { BrokerObserver } from './broker/observer.ts'
import type { Delivery } from './delivery/delivery.ts'
import type { Watching } from './live/watching.ts'
import { commandIdOf, type PlannedCommands } from './serve-commands.ts'

interface Observed {
  delivery: Delivery
  connections: { open: number }
  watching: Watching
  commands: PlannedCommands
}

/** What the broker tells, added to the delivery record. Received and acknowledged are counted by ingest,
 *  which knows the integration and the device that a message is for. */
export function observe({ delivery, connections, watching, commands }: Observed): BrokerObserver {
  const { presence } = watching
  const { total } = delivery
  return {
    connected(client) {
      connections.open++
      presence.connected(client)
    },
    disconnected(client) {
      connections.open--
      presence.disconnected(client)
    },
    refused: (client) => presence.refused(client),
    forbidden: (client, topic) => presence.forbidden(client, topic),
    redelivered(device, count) {
      total.redelivered += count
      if (device !== '') delivery.ofDevice(device).redelivered += count
    },
    shed: () => undefined,
    overflowed: () => undefined,
    copyEnded(message, isAcknowledged) {
      const id = commandIdOf(message)
      if (id !== undefined) commands.commands.copyEnded(id, message.topic, isAcknowledged)
    },
  }
}
