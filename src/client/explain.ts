// Why a connection to a broker failed, said so that a person knows the next step: names, ports, certificates,
// refusals. The same words for a bridge's health, a test of a connection, and `ackstone doctor`.
import { AckstoneError } from '../errors.ts'
import { reasonCode } from '../mqtt/reason.ts'

export interface Explanation {
  /** What happened, a full sentence. */
  sentence: string
  /** What to do about it. */
  hint: string
}

const byCode: Readonly<Record<string, [sentence: string, hint: string]>> = {
  ENOTFOUND: [
    'The name of the broker is not known to DNS.',
    'Check the host name, and the DNS of this machine.',
  ],
  EAI_AGAIN: ['DNS did not answer.', 'Check the network and the DNS server of this machine.'],
  ECONNREFUSED: [
    'Nothing listens on that port.',
    'Check the port (1883 for mqtt, 8883 for mqtts) and that the broker runs.',
  ],
  ETIMEDOUT: ['The host did not answer.', 'Check the address, and firewalls on the way.'],
  EHOSTUNREACH: ['There is no way to that host.', 'Check the address and the network of this machine.'],
  ENETUNREACH: ['There is no way to that network.', 'Check the address and the network of this machine.'],
  ECONNRESET: [
    'The other side cut the connection.',
    'Check the scheme: a port for TLS wants mqtts or wss, a plain one mqtt or ws.',
  ],
  EPROTO: ['The other side does not speak TLS there.', 'Use mqtt or ws, or the port on which it speaks TLS.'],
  CERT_HAS_EXPIRED: ['The broker’s certificate has expired.', 'Renew it at the broker.'],
  CERT_NOT_YET_VALID: [
    'The broker’s certificate is not valid yet.',
    'Check the clocks of the broker and of this machine.',
  ],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'The broker’s certificate is signed by itself, so nobody vouches for it.',
    'Give that certificate as "ca" if you know it to be the broker’s.',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'The broker’s certificate comes from an authority that is not known here.',
    'Give the certificate of that authority as "ca".',
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'The broker’s certificate comes from an authority that is not known here, or the chain to it is incomplete.',
    'Give the certificate of the authority as "ca", or have the broker send the whole chain.',
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'The broker’s certificate is for another name.',
    'Connect to a name that the certificate holds, or have it issued for this one.',
  ],
}

/** OpenSSL’s names for what the other side said against our certificate. */
const certificateAlert =
  /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_\w+|HANDSHAKE_FAILURE)/
const sameAs: Readonly<Record<string, string>> = {
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  UNABLE_TO_GET_ISSUER_CERT: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ERR_SSL_WRONG_VERSION_NUMBER: 'EPROTO',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'EPROTO',
}

const refusals: ReadonlyMap<number, string> = new Map([
  [1, 'The broker speaks another version of MQTT: leave "protocolVersion" out, or choose another.'],
  [2, 'The broker does not accept the client identifier: choose another "clientId".'],
  [3, 'The broker is there but not available: look at its log.'],
  [4, 'Check user name and password.'],
  [5, 'Check user name and password, and that the broker allows this client identifier.'],
  [reasonCode.unsupportedProtocolVersion, 'Leave "protocolVersion" out, or choose 4.'],
  [reasonCode.clientIdentifierNotValid, 'Choose another "clientId".'],
  [reasonCode.badUserNameOrPassword, 'Check user name and password.'],
  [
    reasonCode.notAuthorized,
    'Check user name and password, and that the broker allows this client identifier.',
  ],
  [reasonCode.serverUnavailable, 'The broker is there but not available: look at its log.'],
  [reasonCode.serverBusy, 'The broker has too much to do; it is tried again.'],
  [reasonCode.banned, 'The broker has banned this client: ask who runs it.'],
  [
    reasonCode.badAuthenticationMethod,
    'The broker wants another way of logging in than user name and password.',
  ],
  [reasonCode.quotaExceeded, 'The broker’s quota is used up: ask who runs it.'],
  [reasonCode.useAnotherServer, 'The broker wants you to use another one: ask who runs it for its address.'],
  [reasonCode.serverMoved, 'The broker has moved: ask who runs it for its address.'],
  [reasonCode.connectionRateExceeded, 'Connections come too fast for the broker; it is tried again.'],
])

/** What the error of a client means. */
export function explainFailure(error: AckstoneError): Explanation {
  const said = Number(error.details['reasonCode'])
  if (error.code === 'CONNECT_REFUSED') {
    return { sentence: error.message.trim(), hint: refusals.get(said) ?? error.hint }
  }
  if (said === reasonCode.sessionTakenOver) {
    const hint = 'Another client uses the same client identifier at this broker: give one of them another.'
    return { sentence: error.message, hint }
  }
  const known = error.code === 'CONNECT_FAILED' ? systemExplanation(error.cause) : undefined
  if (known !== undefined) return { sentence: `${error.message} ${known.sentence}`, hint: known.hint }
  const { stage, other } = error.details
  if (typeof other === 'string') return { sentence: error.message, hint: wrongPort(other) }
  const hint = byStage[String(stage)] ?? error.hint
  return { sentence: error.message, hint }
}

const byStage: Readonly<Record<string, string>> = {
  handshake: 'Check that this port is for MQTT and not for HTTP or TLS, and the protocol version.',
  silence:
    'The port is open, but nobody answers CONNECT there. Check the port and the scheme (1883 for mqtt, 8883 for ' +
    'mqtts), and whether what stands before the broker, a proxy or a firewall, can reach it.',
}

function wrongPort(other: string): string {
  if (other === 'TLS') return 'Use mqtts, or wss for WebSocket.'
  const web = other === 'HTTP' ? ', or use ws if this web server takes MQTT over WebSocket' : ''
  return `Check the port: 1883 for mqtt, 8883 for mqtts are usual${web}.`
}

/** What an error says, to stand within a sentence. OpenSSL’s has the lines of its source in it. */
export function causeText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isOpenSsl = 'code' in error && String(error.code).startsWith('ERR_SSL_') && 'reason' in error
  return (
    String(isOpenSsl ? error.reason : error.message)
      .trim()
      // Node's advice on how to start Node is for nobody who reads this.
      .replace(/; if the root CA is installed locally.*/s, '')
      .replace(/\.$/, '')
  )
}

/** The same for a step that got no answer from an open port. */
export const noTlsAnswer: Explanation = {
  sentence: 'The port is open, but nobody answers a TLS handshake there.',
  hint:
    'Check the port (8883 for mqtts is usual), and whether what stands before the broker, a proxy or a firewall, can ' +
    'reach it.',
}

/** What an error of the network or of TLS means; undefined for one that is not known. */
export function systemExplanation(cause: unknown): Explanation | undefined {
  if (!(cause instanceof Error)) return undefined
  // Several addresses of one name were tried.
  const first = cause instanceof AggregateError ? (cause.errors[0] as unknown) : cause
  const code = first instanceof Error && 'code' in first ? String(first.code) : ''
  const row = byCode[sameAs[code] ?? code]
  if (row !== undefined) return { sentence: row[0], hint: row[1] }
  const status = /^Unexpected server response: (\d+)/.exec(cause.message)?.[1]
  if (status !== undefined) {
    return {
      sentence: 'A web server is there, and does not take MQTT over WebSocket at this path.',
      hint: 'Check the path of the URL (/mqtt where it has none), and the port.',
    }
  }
  if (certificateAlert.test(code)) {
    return {
      sentence: 'The broker wants a certificate of ours that it accepts.',
      hint: 'Give "cert" and "key" that the broker’s authority has signed.',
    }
  }
  return undefined
}
