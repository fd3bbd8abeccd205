// Looking at the way to a broker step by step, so that a test of a connection can say which one fails: the
// name, the port, the certificate. Nothing is sent.
import { lookup } from 'node:dns/promises'
import { connect as connectPlainly, isIP, type Socket } from 'node:net'
import {
  checkServerIdentity,
  connect as connectSecurely,
  type PeerCertificate,
  type TLSSocket,
} from 'node:tls'
import { tlsOptions, type ClientTls } from './connect.ts'

/** Addresses of a host. Rejects with the system's error. */
export async function lookUp(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true })
  return found.map(({ address }) => address)
}

/** Connects and hangs up. Rejects with the system's error, or ETIMEDOUT. */
export async function probeTcp(host: string, port: number, timeoutMs: number): Promise<void> {
  const socket = connectPlainly({ host, port })
  await arrived(socket, 'connect', timeoutMs)
  socket.destroy()
}

/** What the other side shows. */
export interface ShownCertificate {
  /** TLSv1.3 */
  protocol: string
  subject: string
  issuer: string
  /** Milliseconds since the epoch. */
  validToMs: number
  /** Why it would not be trusted: an error with the code of OpenSSL or Node; undefined when it is. */
  problem: Error | undefined
}

/** A handshake, whether or not the certificate can be trusted. Rejects when there is none. */
export async function probeTls(
  host: string,
  port: number,
  tls: ClientTls,
  timeoutMs: number,
): Promise<ShownCertificate> {
  const socket = connectSecurely({ ...tlsOptions({ host, tls }), rejectUnauthorized: false, host, port })
  await arrived(socket, 'secureConnect', timeoutMs)
  const certificate = socket.getPeerCertificate()
  const shown = {
    protocol: socket.getProtocol() ?? 'TLS',
    subject: nameOf(certificate.subject) || (certificate.subjectaltname ?? ''),
    issuer: nameOf(certificate.issuer),
    validToMs: Date.parse(certificate.valid_to),
    problem: problemOf(socket, certificate, host),
  }
  socket.destroy()
  return shown
}

function problemOf(socket: TLSSocket, certificate: PeerCertificate, host: string): Error | undefined {
  if (!socket.authorized) {
    // Typed as an error, in fact often the code alone.
    const code = socket.authorizationError as Error | string
    return typeof code === 'string' ? Object.assign(new Error(code), { code }) : code
  }
  return isIP(host) === 0 ? checkServerIdentity(host, certificate) : undefined
}

function nameOf(name: PeerCertificate['subject'] | undefined): string {
  const { CN, O } = name ?? {}
  return [CN ?? O ?? ''].flat().join(', ')
}

function arrived(socket: Socket, event: 'connect' | 'secureConnect', timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      socket.destroy()
      reject(error)
    }
    socket.setTimeout(timeoutMs, () => {
      fail(Object.assign(new Error(`no answer within ${timeoutMs / 1000} s`), { code: 'ETIMEDOUT' }))
    })
    socket.once('error', fail)
    socket.once('close', () =>
      fail(Object.assign(new Error('the other side closed it'), { code: 'ECONNRESET' })),
    )
    socket.once(event, () => {
      socket.removeAllListeners('close')
      socket.setTimeout(0)
      resolve()
    })
  })
}
