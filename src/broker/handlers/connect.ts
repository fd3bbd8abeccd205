// CONNECT: who it is, which session it goes on with, and what both sides may send. The session's memory of
// earlier messages is read before CONNACK; packets that come meanwhile wait.
import { encode } from '../../mqtt/encoder.ts'
import type { ConnectPacket, Properties } from '../../mqtt/packet.ts'
import { reasonCode } from '../../mqtt/reason.ts'
import type { Admission } from '../admission.ts'
import { dropWhatIsForbidden } from '../changed-rights.ts'
import { beginAuthentication } from './auth.ts'
import type { Link } from '../link.ts'
import { pauseReason } from '../pause-reason.ts'
import { sessionKey, type Session } from '../session.ts'
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
  const method = connect.properties?.authenticationMethod
  if (method !== undefined) {
    return beginAuthentication(link, connect, method, (answer) => admit(link, connect, isAssigned, answer))
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
  const { rights, owner = '', device } = admission
  if (connect.will !== undefined && rights?.mayPublish(connect.will.topic) === false) {
    link.parts.log.warn('will without the right to its topic', { device, topic: connect.will.topic })
    return link.refuse(reasonCode.notAuthorized) // section 3.1.2.5 of 5.0 leaves it to us
  }
  const key = sessionKey(owner, connect.clientId)
  if (key === undefined) return link.refuse(reasonCode.clientIdentifierNotValid)
  // [MQTT-3.1.4-3] The connection before this one ends.
  sessions.get(key)?.link?.disconnect(reasonCode.sessionTakenOver)
  const session = sessions.open(key)
  if (session === undefined) return link.refuse(reasonCode.quotaExceeded)
  // [MQTT-3.1.2-4] [MQTT-3.1.2-5] [MQTT-3.1.2-6]
  const isResumed = session.isLasting && !connect.cleanStart && !sessions.isExpired(session, clock.nowUs())
  // From here on it ends with what it logged in with.
  link.credential = admission.credential ?? ''
  session.link = link
  link.session = session
  session.endedTs = 0
  const welcome = (): void => begin(link, session, connect, { isAssigned, isResumed, admission })
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
  admission: Admission
}

function begin(link: Link, session: Session, connect: ConnectPacket, start: Start): void {
  if (!isAdmitting(link)) return
  const { limits, observer } = link.parts
  const properties = connect.properties ?? {}
  const { isAssigned, isResumed, admission } = start
  if (isResumed) link.parts.sessions.cancelWill(session)
  else {
    link.parts.sessions.end(session)
    session.inbound.forgetHeld()
  }
  session.isCutOff = isResumed && session.isCutOff
  session.inbound.connectionBegins()
  session.device = admission.device
  session.rights = admission.rights
  // What it subscribed to before a right was withdrawn, while it was away.
  if (isResumed && admission.rights !== undefined) dropWhatIsForbidden(session, link.parts, admission.rights)
  link.rate = admission.rate
  link.desk = admission.desk
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
        properties: link.version === 5 ? connackProperties(link, session, connect, start) : undefined,
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
  { isAssigned, admission }: Start,
): Properties {
  const { receiveMaximum, packetBytesMax, topicAliasMaximum } = link.parts.limits
  const properties: Properties = {
    receiveMaximum,
    maximumPacketSize: packetBytesMax,
    topicAliasMaximum,
  }
  if (isAssigned) properties.assignedClientIdentifier = connect.clientId // [MQTT-3.2.2-16]
  if (link.authentication !== undefined) {
    properties.authenticationMethod = link.authentication.method
    if (admission.data !== undefined) properties.authenticationData = admission.data
  }
  const asked = connect.properties?.sessionExpiryInterval ?? 0
  if (session.expiryS !== asked) properties.sessionExpiryInterval = session.expiryS
  return properties
}
