// The last packet on a connection: CONNACK with a refusal, or DISCONNECT with a reason.
import { encode } from '../mqtt/encoder.ts'
import type { Properties, ProtocolVersion } from '../mqtt/packet.ts'
import { returnCodeFor } from '../mqtt/reason.ts'

/** CONNACK that refuses. [MQTT-3.2.2-6] */
export function refusal(version: ProtocolVersion, code: number, properties: Properties | undefined): Buffer {
  const connack = { type: 'connack', sessionPresent: false } as const
  if (version < 5) return encode({ ...connack, reasonCode: returnCodeFor(code) }, version)
  return encode(
    { ...connack, reasonCode: code, ...(properties === undefined ? {} : { properties }) },
    version,
  )
}

/** DISCONNECT of 5.0; without its properties when the client has no room for them. [MQTT-3.14.2-3] */
export function goodbye(code: number, properties: Properties | undefined, bytesMax: number): Buffer {
  const plain = encode({ type: 'disconnect', reasonCode: code }, 5)
  if (properties === undefined) return plain
  const full = encode({ type: 'disconnect', reasonCode: code, properties }, 5)
  return full.length <= bytesMax ? full : plain
}
