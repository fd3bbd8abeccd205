// Why somebody could not be reached, in the words of the command line: what to do is said with its options.
import { explainFailure, type Explanation } from '../client/explain.ts'
import type { AckstoneError } from '../errors.ts'

const optionOfMember: Readonly<Record<string, string>> = {
  '"ca"': '--cafile',
  '"cert" and "key"': '--cert and --key',
  '"clientId"': '--id',
  '"protocolVersion"': '--protocol-version',
}

/** A hint that names members of a connection, with the options that are the same here. */
export function hintWithOptions(hint: string): string {
  return Object.entries(optionOfMember).reduce(
    (text, [member, option]) => text.replaceAll(member, option),
    hint,
  )
}

/** Of an error of the MQTT client. */
export function explained(error: AckstoneError): Explanation {
  const { sentence, hint } = explainFailure(error)
  return { sentence, hint: hintWithOptions(hint) }
}

const start = 'Start it with `ackstone serve`, or say where it is with --url or ACKSTONE_URL.'
const scheme = 'Check --url: https where the hub has a certificate, http where it has none.'
const distrust = 'its certificate is not trusted here'
const authority = 'Set NODE_EXTRA_CA_CERTS to the PEM file of the authority that signed it.'

const byCode: Readonly<Record<string, readonly [said: string, hint: string]>> = {
  UND_ERR_SOCKET: ['the connection was closed before an answer', scheme],
  ERR_SSL_WRONG_VERSION_NUMBER: ['it speaks no TLS there', scheme],
  ERR_SSL_PACKET_LENGTH_TOO_LONG: ['it speaks no TLS there', scheme],
  ENOTFOUND: ['its name is not known to DNS', 'Check the name in --url or ACKSTONE_URL.'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [distrust, authority],
  UNABLE_TO_GET_ISSUER_CERT: [distrust, authority],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [distrust, authority],
  SELF_SIGNED_CERT_IN_CHAIN: [distrust, authority],
  DEPTH_ZERO_SELF_SIGNED_CERT: [distrust, authority],
  CERT_HAS_EXPIRED: ['its certificate has expired', 'Renew it at the hub.'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['its certificate is for another name', 'Use a name in --url that it holds.'],
}

/** Of a request to the hub: what to put behind "can't be reached", and what to do. */
export function whyNoAnswer(error: unknown): readonly [said: string, hint: string] {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = (cause as NodeJS.ErrnoException).code
  const known = byCode[code ?? '']
  if (known !== undefined) return [`${known[0]} (${code})`, known[1]]
  return [code ?? (cause instanceof Error ? cause.message : String(cause)), start]
}
