// What a round of the benchmark does: how many connections, how many messages in flight on each, which QoS.

export interface Load {
  connections: number
  /** Messages in flight on each connection. At QoS 0 nothing is acknowledged, and it plays no part. */
  window: number
  qos: 0 | 1 | 2
}

const connectionsMax = 20_000
/** Packet identifiers have 16 bits. */
const windowMax = 10_000

/** "50x100,50x1": connections × messages in flight, one load for each QoS. */
export function parseLoads(text: string, qosText: string): Load[] {
  const levels = qosText.split(',').map((entry) => {
    if (entry !== '0' && entry !== '1' && entry !== '2') throw new Error(`--qos ${entry}: 0, 1 or 2`)
    return Number(entry) as 0 | 1 | 2
  })
  return text.split(',').flatMap((entry) => {
    const match = /^(\d+)x(\d+)$/.exec(entry)
    const connections = Number(match?.[1])
    const window = Number(match?.[2])
    const isPossible = connections >= 1 && connections <= connectionsMax && window >= 1 && window <= windowMax
    if (!isPossible) throw new Error(`--loads ${entry}: connections x in flight, as in 50x100`)
    return levels.map((qos) => ({ connections, window, qos }))
  })
}

export function nameOf(load: Load): string {
  const inFlight = load.qos === 0 ? '' : ` × ${load.window}`
  return `QoS ${load.qos}, ${load.connections}${inFlight}`
}
