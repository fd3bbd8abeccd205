// Which handler a packet of a connected client goes to.
import type { Packet } from '../../mqtt/packet.ts'
import { reasonCode } from '../../mqtt/reason.ts'
import type { Link } from '../link.ts'
import type { Session } from '../session.ts'
import { receiveAck, receivePubrec, receivePubrel } from './acknowledgement.ts'
import { receiveAuth } from './auth.ts'
import { receiveDisconnect } from './disconnect.ts'
import { receivePublish, type Waited } from './publish.ts'
import { receiveSubscribe } from './subscribe.ts'
import { receiveUnsubscribe } from './unsubscribe.ts'

const pingresp = Buffer.of(0xd0, 0x00)

/** @param waited of a PUBLISH that is not taken in as it comes. */
export function receivePacket(link: Link, session: Session, packet: Packet, waited?: Waited): void {
  switch (packet.type) {
    case 'publish':
      return receivePublish(link, session, packet, waited)
    case 'puback':
    case 'pubcomp':
      return receiveAck(link, session, packet)
    case 'pubrec':
      return receivePubrec(link, session, packet)
    case 'pubrel':
      return receivePubrel(link, session, packet)
    case 'subscribe':
      return receiveSubscribe(link, session, packet)
    case 'unsubscribe':
      return receiveUnsubscribe(link, session, packet)
    case 'pingreq':
      return link.send(pingresp) // [MQTT-3.12.4-1]
    case 'disconnect':
      return receiveDisconnect(link, session, packet)
    case 'auth':
      return receiveAuth(link, packet)
    default:
      // The decoder does not let these through.
      link.disconnect(reasonCode.protocolError)
  }
}
