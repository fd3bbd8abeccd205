// CONNECT: who it is, which session it goes on with, and what both sides may send. The session's memory of
// earlier messages is read before CONNACK; packets that come meanwhile wait.
import { encode } from '../../mqtt/encoder.ts'
import type { ConnectPacket, Properties } from '../../mqtt/packet.ts'
import { reasonCode } from '../../mqtt/reason.ts'
import { isTopicName } from '../../mqtt/topic.ts'
import type { Admission, Rights } from '../admission.ts'
import { dropWhatIsForbidden } from '../changed-rights.ts'
import { beginAuthentication } from './auth.ts'
import type { Link } from '../link.ts'
import { pauseReason } from '../pause-reason.ts'
import { propertiesBytes } from '../routed-message.ts'
import { SentAliases } from '../sent-aliases.ts'
import { isSysTopic } from '../sys-topics.ts'
import { sessionKey, type Session } from '../session.ts'
import { exceededTopicLimit } from '../topic-limit.ts'
import { bothRates } from '../message-rate.ts'
import { willOf } from '../will.ts'

const receiveMaximumDefault = 65_535

export function receiveConnect(link: Link, connect: ConnectPacket): void {
  const { parts } = link
  const version = connect.protocolVersion
  link.version = version
  link.state = 'admitting'
  // The transport let it in only to hear why it can't stay.
  if (link.connection.refusal !== undefined) return link.refuse(link.connection.refusal)
  const isAssigned = connect.clientId === ''
  // [MQTT-3.1.3-8 of 3.1.1] Without a name, nothing can be found again. In 3.1 everybody has one.
  if (isAssigned && (version === 3 || (version === 4 && !connect.cleanStart))) {
    return link.refuse(reasonCode.clientIdentifierNotValid)
  }
  if (isAssigned) connect.clientId = parts.assignClientId() // [MQTT-3.1.3-6]
  const { limits, reached } = parts
  const clientIdBytes = Buffer.byteLength(connect.clientId)
  if (!isAssigned && clientIdBytes > limits.clientIdBytesMax) {
    reached.count('clientIdBytesMax', link.connection.remote, clientIdBytes)
    return link.refuse(reasonCode.clientIdentifierNotValid)
  }
  const refusal = willRefusal(link, connect)
  if (refusal !== undefined) return link.refuse(refusal)
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

/** What a will that is too long, or asks for what there is not, is refused with. */
function willRefusal(link: Link, { will, clientId }: ConnectPacket): number | undefined {
  if (will === undefined) return undefined
  const { limits, reached } = link.parts
  // [MQTT-3.2.2-13] Before 5.0 nobody could know: the will is published, and not retained.
  if (will.retain && link.version === 5 && limits.retainedMessagesMax === 0)
    return reasonCode.retainNotSupported
  const tooLong = exceededTopicLimit(will.topic, limits)
  if (tooLong !== undefined) {
    reached.count(tooLong, clientId, will.topic.length)
    return reasonCode.topicNameInvalid
  }
  const bytes = will.payload.length + propertiesBytes(will.properties)
  if (bytes <= limits.willBytesMax) return undefined
  reached.count('willBytesMax', clientId, bytes)
  return reasonCode.packetTooLarge
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
  if (!admission.isAllowed) {
    const { clientId, username } = connect
    const { remote } = link.connection
    link.parts.observer.refused({ clientId, username, remote, reasonCode: admission.reasonCode })
    return link.refuse(admission.reasonCode, redirection(admission))
  }
  const { sessions, store, clock } = link.parts
  const { rights, owner = '', device } = admission
  if (connect.will !== undefined && !mayLeave(connect.will.topic, rights)) {
    link.parts.log.warn('will without the right to its topic', { device, topic: connect.will.topic })
    return link.refuse(reasonCode.notAuthorized) // section 3.1.2.5 of 5.0 leaves it to us
  }
  const key = sessionKey(owner, connect.clientId)
  if (key === undefined) return link.refuse(reasonCode.clientIdentifierNotValid)
  // [MQTT-3.1.4-3] The connection before this one ends.
  const before = sessions.get(key)?.link
  before?.settle()
  before?.disconnect(reasonCode.sessionTakenOver)
  const session = sessions.open(key)
  if (session === undefined) {
    link.parts.reached.count('sessionsMax', connect.clientId)
    return link.refuse(reasonCode.quotaExceeded)
  }
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

function mayLeave(willTopic: string, rights: Rights | undefined): boolean {
  return !isSysTopic(willTopic) && rights?.mayPublish(willTopic) !== false
}

/** Server Reference, section 4.11. */
function redirection({ serverReference }: Admission): Properties | undefined {
  return serverReference === undefined ? undefined : { serverReference }
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
  link.sendBytesMax = properties.maximumPacketSize ?? Infinity
  const expiryS = Math.min(properties.sessionExpiryInterval ?? 0, limits.sessionExpiryMaxS)
  const keepAliveS = keepAliveFor(link, connect)
  const connack = encode(
    {
      type: 'connack',
      sessionPresent: isResumed, // [MQTT-3.2.2-2] [MQTT-3.2.2-3]
      reasonCode: reasonCode.success,
      properties:
        link.version === 5 ? connackProperties(link, connect, start, expiryS, keepAliveS) : undefined,
    },
    link.version,
  )
  // [MQTT-3.1.2-24]
  if (connack.length > link.sendBytesMax) return link.refuse(reasonCode.packetTooLarge)
  if (isResumed) link.parts.sessions.cancelWill(session)
  else {
    link.parts.sessions.end(session)
    session.inbound.forgetHeld()
  }
  session.isResumed = isResumed
  session.device = admission.device
  session.rights = admission.rights
  // What it subscribed to before a right was withdrawn, while it was away.
  if (isResumed && admission.rights !== undefined) dropWhatIsForbidden(session, link.parts, admission.rights)
  link.rate = bothRates(admission.rate, link.rate)
  link.desk = admission.desk
  session.isIdentified = !isAssigned || link.version === 5
  session.expiryS = expiryS
  // A session that was lasting keeps its queue in the store until it ends.
  session.isLasting = session.isLasting || session.expiryS > 0
  session.will = willOf(connect)
  if (session.isLasting || session.inbound.hasJournal || session.will !== undefined) session.recordChanged()
  session.connectionBegins(isResumed)
  link.keepAliveMs = keepAliveS * 1500
  link.outboundWindow = Math.min(properties.receiveMaximum ?? receiveMaximumDefault, limits.inflightMax)
  const aliasMax = Math.min(properties.topicAliasMaximum ?? 0, limits.topicAliasMaximum)
  if (aliasMax > 0) link.sentAliases = new SentAliases(aliasMax) // [MQTT-3.1.2-26] [MQTT-3.1.2-27]
  link.wantsReasons = properties.requestProblemInformation !== 0
  link.send(connack)
  if (isResumed) session.feed.resume()
  observer.connected(session)
  link.admitted()
  session.pump()
  link.parts.flush()
}

/** Seconds. Who is not told otherwise keeps to its own. [MQTT-3.2.2-22] */
function keepAliveFor(link: Link, { keepAlive }: ConnectPacket): number {
  const { keepAliveMaxS } = link.parts.limits
  const isOver = keepAlive === 0 || keepAlive > keepAliveMaxS
  return link.version === 5 && keepAliveMaxS > 0 && isOver ? keepAliveMaxS : keepAlive
}

function connackProperties(
  link: Link,
  connect: ConnectPacket,
  { isAssigned, admission }: Start,
  expiryS: number,
  keepAliveS: number,
): Properties {
  const { receiveMaximum, packetBytesMax, topicAliasMaximum, retainedMessagesMax } = link.parts.limits
  const properties: Properties = { receiveMaximum, maximumPacketSize: packetBytesMax, topicAliasMaximum }
  if (retainedMessagesMax === 0) properties.retainAvailable = 0
  if (isAssigned) properties.assignedClientIdentifier = connect.clientId // [MQTT-3.2.2-16]
  if (link.authentication !== undefined) {
    properties.authenticationMethod = link.authentication.method
    if (admission.data !== undefined) properties.authenticationData = admission.data
  }
  if (expiryS !== (connect.properties?.sessionExpiryInterval ?? 0)) {
    properties.sessionExpiryInterval = expiryS
  }
  if (keepAliveS !== connect.keepAlive) properties.serverKeepAlive = keepAliveS
  const responseRoot = responseRootFor(connect, admission)
  if (responseRoot !== undefined) properties.responseInformation = responseRoot
  return properties
}

/** A level under which the client may receive responses, if it asks for one. [MQTT-3.1.2-28] */
function responseRootFor(connect: ConnectPacket, { rights }: Admission): string | undefined {
  if (connect.properties?.requestResponseInformation !== 1) return undefined
  const root = `responses/${connect.clientId}`
  const isUsable = isTopicName(root) && !connect.clientId.includes('/')
  return isUsable && rights?.maySubscribe(`${root}/#`) !== false ? root : undefined
}
