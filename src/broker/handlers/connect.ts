// CONNECT: who it is, which session it goes on with, and what both sides may send. The session's memory of
// earlier messages is read before CONNACK; packets that come meanwhile wait.
import { encode } from '../../mqtt/encoder.ts'
import type { ConnectPacket, Properties } from '../../mqtt/packet.ts'
import { reasonCode } from '../../mqtt/reason.ts'
import type { Admission } from '../admission.ts'
import type { Link } from '../link.ts'
import { pauseReason } from '../pause-reason.ts'
import type { Session } from '../session.ts'
import { willOf } from '../will.ts'

const receiveMaximumDefault = 65_535

export function receiveConnect(link: Link, connect: ConnectPacket): void {
  const { parts } = link
  const version = connect.protocolVersion
  link.version = version
  link.state = 'admitting'
  const isAssigned = connect.clientId === ''
  // [MQTT-3.1.3-8 of 3.1.1] Without a name, nothing can be found again.
  if (isAssigned && version < 5 && !connect.cleanStart)
    return link.refuse(reasonCode.clientIdentifierNotValid)
  if (isAssigned) connect.clientId = parts.assignClientId() // [MQTT-3.1.3-6]
  if (Buffer.byteLength(connect.clientId) > parts.limits.clientIdBytesMax) {
    return link.refuse(reasonCode.clientIdentifierNotValid)
  }
  if (connect.properties?.authenticationMethod !== undefined) {
    return link.refuse(reasonCode.badAuthenticationMethod) // [MQTT-4.12.0-1]
  }
  const admission = parts.authenticate(connect, link.connection)
  if (admission instanceof Promise) {
    admission.then(
      (answer) => admit(link, connect, isAssigned, answer),
      (error: unknown) => unavailable(link, 'a client could not be authenticated', error),
    )
  } else admit(link, connect, isAssigned, admission)
  if (isAdmitting(link)) link.pause(pauseReason.admission)
}

/** The state changes in calls that the type checker does not follow. */
function isAdmitting(link: Link): boolean {
  return link.state === 'admitting'
}

function unavailable(link: Link, what: string, error: unknown): void {
  link.parts.log.error(what, { remote: link.connection.remote, cause: String(error) })
  link.refuse(reasonCode.serverUnavailable)
}

function admit(link: Link, connect: ConnectPacket, isAssigned: boolean, admission: Admission): void {
  if (!isAdmitting(link)) return
  if (!admission.isAllowed) return link.refuse(admission.reasonCode)
  const { sessions, store, clock } = link.parts
  // [MQTT-3.1.4-3] The connection before this one ends.
  sessions.get(connect.clientId)?.link?.disconnect(reasonCode.sessionTakenOver)
  const session = sessions.open(connect.clientId)
  if (session === undefined) return link.refuse(reasonCode.quotaExceeded)
  // [MQTT-3.1.2-4] [MQTT-3.1.2-5] [MQTT-3.1.2-6]
  const isResumed = session.isLasting && !connect.cleanStart && !sessions.isExpired(session, clock.nowUs())
  session.link = link
  link.session = session
  session.endedTs = 0
  const welcome = (): void =>
    begin(link, session, connect, { isAssigned, isResumed, device: admission.device })
  if (session.inbound.isInMemory) welcome()
  else {
    session.inbound
      .load(store)
      .then(welcome, (error: unknown) => unavailable(link, 'a session could not be read', error))
  }
}

interface Start {
  isAssigned: boolean
  isResumed: boolean
  device: string
}

function begin(link: Link, session: Session, connect: ConnectPacket, start: Start): void {
  if (!isAdmitting(link)) return
  const { limits, observer } = link.parts
  const properties = connect.properties ?? {}
  const { isAssigned, isResumed, device } = start
  if (isResumed) link.parts.sessions.cancelWill(session)
  else {
    link.parts.sessions.end(session)
    session.inbound.forgetHeld()
  }
  session.isCutOff = isResumed && session.isCutOff
  session.inbound.connectionBegins()
  session.device = device
  session.isIdentified = !isAssigned || link.version === 5
  session.expiryS = Math.min(properties.sessionExpiryInterval ?? 0, limits.sessionExpiryMaxS)
  // A session that was lasting keeps its queue in the store until it ends.
  session.isLasting = session.isLasting || session.expiryS > 0
  session.will = willOf(connect)
  if (session.isLasting || session.inbound.hasJournal) session.recordChanged()
  link.keepAliveMs = connect.keepAlive * 1500
  link.outboundWindow = Math.min(properties.receiveMaximum ?? receiveMaximumDefault, limits.inflightMax)
  link.sendBytesMax = properties.maximumPacketSize ?? Infinity
  link.wantsReasons = properties.requestProblemInformation !== 0
  link.send(
    encode(
      {
        type: 'connack',
        sessionPresent: isResumed, // [MQTT-3.2.2-2] [MQTT-3.2.2-3]
        reasonCode: reasonCode.success,
        properties: link.version === 5 ? connackProperties(link, session, connect, isAssigned) : undefined,
      },
      link.version,
    ),
  )
  observer.connected()
  link.admitted()
  session.pump()
  link.parts.flush()
}

function connackProperties(
  link: Link,
  session: Session,
  connect: ConnectPacket,
  isAssigned: boolean,
): Properties {
  const { receiveMaximum, packetBytesMax, topicAliasMaximum } = link.parts.limits
  const properties: Properties = {
    receiveMaximum,
    maximumPacketSize: packetBytesMax,
    topicAliasMaximum,
    sharedSubscriptionAvailable: 0,
  }
  if (isAssigned) properties.assignedClientIdentifier = connect.clientId // [MQTT-3.2.2-16]
  const asked = connect.properties?.sessionExpiryInterval ?? 0
  if (session.expiryS !== asked) properties.sessionExpiryInterval = session.expiryS
  return properties
}
