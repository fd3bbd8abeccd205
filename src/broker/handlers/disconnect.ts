// DISCONNECT from a client: the orderly end, with which the will is forgotten.
import type { DisconnectPacket } from '../../mqtt/packet.ts'
import { reasonCode } from '../../mqtt/reason.ts'
import type { Link } from '../link.ts'
import type { Session } from '../session.ts'

export function receiveDisconnect(link: Link, session: Session, packet: DisconnectPacket): void {
  const expiryS = packet.properties?.sessionExpiryInterval
  if (expiryS !== undefined && expiryS !== session.expiryS) {
    // [MQTT-3.14.2-2] A session that ends with its connection can't be made lasting at the last moment.
    if (!session.isLasting && expiryS > 0) return link.disconnect(reasonCode.protocolError)
    session.expiryS = Math.min(expiryS, link.parts.limits.sessionExpiryMaxS)
  }
  // [MQTT-3.14.4-3] 0x04 asks for the will.
  if (packet.reasonCode === reasonCode.success) session.will = undefined
  link.leave()
}
