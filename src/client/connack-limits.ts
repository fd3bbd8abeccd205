// What a broker grants in CONNACK, in words: the limits of MQTT 5 that decide what a subscription is worth.
import type { ConnackPacket, PacketQos } from '../mqtt/packet.ts'
import { isShared } from '../mqtt/topic.ts'

/** @param sessionAsked seconds; undefined where no session was asked for. */
export function limitsSentence(
  { properties = {} }: ConnackPacket,
  version: 4 | 5,
  sessionAsked: number | undefined,
): string {
  if (version === 4) return 'MQTT 3.1.1; in this version a broker does not say what its limits are.'
  const { maximumQos = 2, receiveMaximum = 65_535, sessionExpiryInterval, serverKeepAlive } = properties
  const parts = [`MQTT 5`, `Maximum QoS ${maximumQos}`, `Receive Maximum ${receiveMaximum}`]
  if (sessionAsked !== undefined) {
    const granted = sessionExpiryInterval ?? sessionAsked
    const asked = granted === sessionAsked ? '' : ` (asked ${duration(sessionAsked)})`
    parts.push(`session kept for ${duration(granted)}${asked}`)
  }
  if (serverKeepAlive !== undefined) parts.push(`keep-alive ${serverKeepAlive} s`)
  if (properties.maximumPacketSize !== undefined)
    parts.push(`packets up to ${properties.maximumPacketSize} bytes`)
  return `${parts.join(', ')}.`
}

/** What of that stands against what is selected; full sentences. */
export function connackWarnings(
  { properties = {} }: ConnackPacket,
  topics: readonly { filter: string; qos: PacketQos }[],
  sessionAsked: number | undefined,
): string[] {
  const warnings: string[] = []
  const selected = Math.max(0, ...topics.map(({ qos }) => qos))
  const { maximumQos = 2, sessionExpiryInterval } = properties
  if (maximumQos < selected) {
    warnings.push(`QoS ${selected} is selected, and this broker delivers at QoS ${maximumQos} at most.`)
  }
  if (sessionExpiryInterval !== undefined && sessionExpiryInterval < (sessionAsked ?? 0) && selected > 0) {
    warnings.push(
      `After ${duration(sessionExpiryInterval)} without a connection the broker forgets the session.`,
    )
  }
  if (properties.wildcardSubscriptionAvailable === 0 && topics.some(({ filter }) => /[+#]/.test(filter))) {
    warnings.push('This broker takes no filters with wildcards.')
  }
  if (properties.sharedSubscriptionAvailable === 0 && topics.some(({ filter }) => isShared(filter))) {
    warnings.push('This broker has no shared subscriptions.')
  }
  return warnings
}

function duration(seconds: number): string {
  if (seconds === 0xffffffff) return 'ever'
  const units: [number, string][] = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
  ]
  const [size, name] = units.find(([unit]) => seconds >= unit && seconds % unit === 0) ?? [1, 's']
  return `${seconds / size} ${name}`
}
