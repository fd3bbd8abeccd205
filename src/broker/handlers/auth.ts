// Enhanced authentication, section 4.12: AUTH packets go back and forth until CONNACK, and again whenever a
// client wants to prove itself anew.
import { encode } from '../../mqtt/encoder.ts'
import type { AuthPacket, ConnectPacket, Packet } from '../../mqtt/packet.ts'
import { reasonCode } from '../../mqtt/reason.ts'
import type { Admission, Exchange } from '../admission.ts'
import type { Link } from '../link.ts'
import { pauseReason } from '../pause-reason.ts'

/** What a connection with an authentication method remembers. */
export interface Authentication {
  readonly method: string
  readonly connect: ConnectPacket
  /** Under way; undefined between exchanges. */
  exchange: Exchange | undefined
  /** The hub is working on what came last. */
  isBusy: boolean
  /** What to do with the outcome of the exchange with which the connection begins. */
  readonly admit: (admission: Admission) => void
}

const nothing = new Uint8Array(0)

/** Begins the exchange that a CONNECT asks for. [MQTT-4.12.0-1] */
export function beginAuthentication(
  link: Link,
  connect: ConnectPacket,
  method: string,
  admit: (admission: Admission) => void,
): void {
  const exchange = link.parts.beginExchange(method, connect, link.connection)
  if (exchange === undefined) return link.refuse(reasonCode.badAuthenticationMethod)
  link.authentication = { method, connect, exchange, isBusy: false, admit }
  advance(link, link.authentication, connect.properties?.authenticationData ?? nothing)
}

/** A packet before CONNACK on a connection that authenticates. [MQTT-3.1.2-30] */
export function receiveBeforeConnack(link: Link, authentication: Authentication, packet: Packet): void {
  if (packet.type === 'disconnect') return link.drop()
  if (packet.type === 'auth' && packet.reasonCode === reasonCode.continueAuthentication) {
    return goOn(link, authentication, packet)
  }
  link.refuse(reasonCode.protocolError)
}

/** AUTH on a connection that stands. [MQTT-4.12.1-1] */
export function receiveAuth(link: Link, packet: AuthPacket): void {
  const { authentication } = link
  if (authentication === undefined) return link.disconnect(reasonCode.protocolError)
  if (packet.reasonCode === reasonCode.continueAuthentication) return goOn(link, authentication, packet)
  if (authentication.exchange !== undefined) return link.disconnect(reasonCode.protocolError)
  authentication.exchange = link.parts.beginExchange(
    authentication.method,
    authentication.connect,
    link.connection,
  )
  goOn(link, authentication, packet)
}

function goOn(link: Link, authentication: Authentication, packet: AuthPacket): void {
  const { authenticationMethod, authenticationData = nothing } = packet.properties ?? {}
  // [MQTT-4.12.0-5] The method stays the same throughout.
  const isOutOfTurn = authentication.exchange === undefined || authentication.isBusy
  if (authenticationMethod !== authentication.method || isOutOfTurn) {
    return end(link, reasonCode.protocolError)
  }
  advance(link, authentication, authenticationData)
}

function advance(link: Link, authentication: Authentication, data: Uint8Array): void {
  authentication.isBusy = true
  link.pause(pauseReason.admission)
  authentication.exchange!.step(data).then(
    (answer) => {
      if (link.state === 'closed') return
      authentication.isBusy = false
      link.resume(pauseReason.admission)
      if ('challenge' in answer) {
        sendAuth(link, authentication, reasonCode.continueAuthentication, answer.challenge)
      } else conclude(link, authentication, answer)
      link.parts.flush()
    },
    (error: unknown) => {
      link.parts.log.error('a client could not be authenticated', { cause: String(error) })
      end(link, reasonCode.serverUnavailable)
    },
  )
}

function conclude(link: Link, authentication: Authentication, admission: Admission): void {
  authentication.exchange = undefined
  if (link.state !== 'connected') return authentication.admit(admission)
  // [MQTT-4.12.1-2] Whoever does not prove itself again, or proves to be somebody else, is no longer served.
  const isSame = admission.isAllowed && (admission.owner ?? '') === link.session?.owner
  if (!isSame) return link.disconnect(reasonCode.notAuthorized)
  sendAuth(link, authentication, reasonCode.success, admission.data)
}

function sendAuth(link: Link, { method }: Authentication, code: number, data: Uint8Array | undefined): void {
  const properties = {
    authenticationMethod: method,
    ...(data === undefined ? {} : { authenticationData: data }),
  }
  link.send(encode({ type: 'auth', reasonCode: code, properties }, 5))
}

function end(link: Link, code: number): void {
  if (link.state === 'admitting') link.refuse(code)
  else link.disconnect(code)
}
