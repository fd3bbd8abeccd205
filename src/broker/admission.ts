// Who may connect, and as which device. The rules come from outside; here is only the question and the
// answer for machines that trust everybody on them.
import type { ConnectPacket } from '../mqtt/packet.ts'
import type { Connection } from '../transport/connection.ts'

export interface Admission {
  isAllowed: boolean
  /** The device that logged in ("me"); empty when the client is no device. */
  device: string
  /** MQTT 5 reason code of the CONNACK; 0 when allowed. Translated for 3.1.1. */
  reasonCode: number
}

/** Decides on a CONNECT. `connect.clientId` is never empty: the broker has assigned one by then. */
export type Authenticate = (connect: ConnectPacket, connection: Connection) => Admission | Promise<Admission>

/** Lets everybody in; the device is the client identifier. For listeners on loopback. */
export const admitAnyone: Authenticate = (connect) => ({
  isAllowed: true,
  device: connect.clientId,
  reasonCode: 0,
})
