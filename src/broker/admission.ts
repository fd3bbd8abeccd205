// Who may connect, as whom, and what they may do then. The rules come from outside; here are only the
// questions and their answers, and the answer for machines that trust everybody on them.
import type { ConnectPacket } from '../mqtt/packet.ts'
import type { Connection } from '../transport/connection.ts'

/** What one client may publish and subscribe to. Asked for every message: answers are remembered by whoever
 *  implements it, and change when the rules do. */
export interface Rights {
  mayPublish(topic: string): boolean
  /** @param filter as in SUBSCRIBE, also `$share/group/…`. */
  maySubscribe(filter: string): boolean
}

/** Messages in a time, shared by all connections of a device. */
export interface Rate {
  /** Counts messages; milliseconds to wait before more are read, 0 for none. */
  take(count: number, nowMs: number): number
}

/** Answers the messages of a client that is here for that alone, such as a device that asks to be
 * provisioned. */
export interface Desk {
  /** Resolves with the message for this client, once what it says is stored; undefined when there is none. */
  receive(topic: string, payload: Buffer): Promise<{ topic: string; payload: Buffer } | undefined>
}

export interface Admission {
  isAllowed: boolean
  /** The device that logged in ("me"); empty when the client is no device. */
  device: string
  /** MQTT 5 reason code of the CONNACK; 0 when allowed. Translated for 3.1.1. */
  reasonCode: number
  /** Whose the session is: a client identifier means something only together with it, so that nobody takes
   *  another's session. Without U+0001. Empty or absent: of whoever has the identifier. */
  owner?: string
  /** What it logged in with, to end its connections when that is revoked. */
  credential?: string
  /** Absent: everything, at no cost. */
  rights?: Rights
  rate?: Rate
  /** Where to go instead, for the reason codes 0x9C and 0x9D: "host:port", several with spaces between
   * them. */
  serverReference?: string
  desk?: Desk
  /** Authentication Data of the CONNACK or AUTH that ends an exchange. */
  data?: Uint8Array
}

/** Decides on a CONNECT. `connect.clientId` is never empty: the broker has assigned one by then. */
export type Authenticate = (connect: ConnectPacket, connection: Connection) => Admission | Promise<Admission>

/** One enhanced authentication, section 4.12: what the client sends, and what it gets. */
export interface Exchange {
  /** @param data Authentication Data of CONNECT or AUTH; empty when there is none. */
  step(data: Uint8Array): Promise<{ challenge: Uint8Array } | Admission>
}

/** Begins an enhanced authentication; undefined when the method is not known. */
export type BeginExchange = (
  method: string,
  connect: ConnectPacket,
  connection: Connection,
) => Exchange | undefined

/** Lets everybody in; the device is the client identifier. For listeners on loopback. */
export const admitAnyone: Authenticate = (connect) => ({
  isAllowed: true,
  device: connect.clientId,
  reasonCode: 0,
})
