// The certificates of this hub: read from PEM files, chosen by the name a client asks for, and read anew when
// the files change. Connections that stand keep what they were made with.
import { constants, X509Certificate } from 'node:crypto'
import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import {
  createSecureContext,
  createServer,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TlsOptions,
} from 'node:tls'
import { AckstoneError } from '../errors.ts'
import type { Log } from '../lib/log.ts'

export interface CertificateFiles {
  /** Certificates with their chains, PEM; the first is for clients that name no host. */
  cert: readonly string[]
  /** Their private keys, PEM, in the same order. */
  key: readonly string[]
  /** Authorities whose client certificates are taken, PEM. */
  ca: string | undefined
  minVersion: 'TLSv1.2' | 'TLSv1.3'
}

interface Choice {
  certificate: X509Certificate
  context: SecureContext
  options: SecureContextOptions
}

/** Forward secrecy and authenticated encryption only; those of TLS 1.3 come with it. */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

/** How often the files are looked at: by name, so that links which are moved to another file are seen. */
const watchEveryMsDefault = 5_000
/** What a host name can consist of; anything else a client asks for is nobody's name. */
const hostName = /^[a-z0-9_.-]{1,253}$/i

/** What a person wants to know of a certificate. */
export interface CertificateFacts {
  subject: string
  issuer: string
  /** RFC 3339. */
  notAfter: string
  daysLeft: number
}

export class Certificates {
  readonly #files: CertificateFiles
  readonly #log: Log
  readonly #servers = new Set<Server>()
  #choices: Choice[]

  /** @throws TLS_INVALID */
  constructor(files: CertificateFiles, log: Log) {
    this.#files = files
    this.#log = log
    this.#choices = this.#read()
  }

  /** A server for handshakes that always has the newest certificates. It listens to nothing itself. */
  /** @param nowMs milliseconds since the epoch. */
  facts(nowMs: number): CertificateFacts[] {
    return this.#choices.map(({ certificate: { subject, issuer, validTo } }) => {
      const ends = Date.parse(validTo)
      const daysLeft = Math.floor((ends - nowMs) / dayMs)
      return {
        subject: oneLine(subject),
        issuer: oneLine(issuer),
        notAfter: new Date(ends).toISOString(),
        daysLeft,
      }
    })
  }

  createServer(options: TlsOptions): Server {
    const server = createServer({
      ...options,
      ...this.#choices[0]!.options,
      SNICallback: (name, done) => done(null, this.#choose(name).context),
    })
    this.#servers.add(server)
    return server
  }

  /** Reads the files again. What can't be used is said, and the certificates in use stay.
   *  @returns whether the new ones are in use. */
  reload(): boolean {
    try {
      this.#choices = this.#read()
    } catch (error) {
      if (!(error instanceof AckstoneError)) throw error
      this.#log.error('certificates not reloaded, the old ones stay in use', { cause: error.message })
      return false
    }
    for (const server of this.#servers) server.setSecureContext(this.#choices[0]!.options)
    return true
  }

  /** Reloads when a file has changed, until the function it returns is called. */
  watch(everyMs = watchEveryMsDefault): () => void {
    const { cert, key, ca } = this.#files
    const paths = [...cert, ...key, ...(ca === undefined ? [] : [ca])]
    const changed = (): void => void this.reload()
    for (const path of paths) watchFile(path, { interval: everyMs, persistent: false }, changed)
    return () => {
      for (const path of paths) unwatchFile(path, changed)
    }
  }

  #choose(name: string): Choice {
    const isName = hostName.test(name)
    const found = this.#choices.find(({ certificate }) => isName && certificate.checkHost(name) !== undefined)
    return found ?? this.#choices[0]!
  }

  #read(): Choice[] {
    const { cert, key, ca, minVersion } = this.#files
    const authorities = ca === undefined ? undefined : readPem(ca)
    const choices = cert.map((path, i): Choice => {
      const options: SecureContextOptions = {
        cert: readPem(path),
        key: readPem(key[i]!),
        ca: authorities,
        minVersion,
        ciphers,
        secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      }
      try {
        const certificate = new X509Certificate(options.cert as Buffer)
        return { options, certificate, context: createSecureContext(options) }
      } catch (error) {
        const file = `${path} with its key ${key[i]!}`
        throw new AckstoneError('TLS_INVALID', { file, cause: (error as Error).message }, error)
      }
    })
    for (const { certificate } of choices) this.#say(certificate)
    return choices
  }

  #say({ subject, subjectAltName, validToDate }: X509Certificate): void {
    const fields = { names: subjectAltName ?? subject, validTo: validToDate.toISOString() }
    if (validToDate.getTime() > Date.now()) this.#log.info('certificate in use', fields)
    else this.#log.warn('certificate in use has expired', fields)
  }
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new AckstoneError('TLS_INVALID', { file: path, cause: (error as Error).message }, error)
  }
}

const dayMs = 86_400_000

/** A distinguished name has a line for each part. */
function oneLine(name: string): string {
  return name.replaceAll('\n', ', ')
}
