// Certificates for tests, made when they are needed and gone with their folder: no key is kept anywhere.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findTool } from './tools.ts'

export interface Issued {
  /** Paths of PEM files. */
  cert: string
  key: string
}

const days = '2'

/** An authority of the tests, with what it issues in one folder. */
export class Authority {
  readonly folder: string
  readonly name: string
  /** Path of its certificate, PEM. */
  readonly cert: string
  readonly #key: string
  #serial = 0

  constructor(folder: string, name = 'authority') {
    this.folder = folder
    this.name = name
    const { cert, key } = this.#paths(name)
    this.cert = cert
    this.#key = key
    const request = ['req', '-x509', '-days', days, '-subj', `/CN=${name}`, '-out', cert]
    openssl([...request, ...newKey(key), '-addext', 'basicConstraints=critical,CA:TRUE'])
  }

  /** A certificate for a server or a client.
   *  @param altNames "DNS:a.example,IP:127.0.0.1" */
  issue(file: string, commonName: string, altNames = 'DNS:localhost,IP:127.0.0.1'): Issued {
    const { cert, key } = this.#paths(file)
    const request = join(this.folder, `${file}.csr`)
    const extensions = join(this.folder, `${file}.ext`)
    writeFileSync(extensions, `subjectAltName=${altNames}\n`)
    openssl(['req', '-subj', `/CN=${commonName}`, '-out', request, ...newKey(key)])
    const serial = ['-set_serial', String(++this.#serial), '-days', days, '-extfile', extensions]
    openssl(['x509', '-req', '-in', request, '-CA', this.cert, '-CAkey', this.#key, ...serial, '-out', cert])
    return { cert, key }
  }

  /** A certificate whose time was over years ago. */
  issueExpired(file: string, commonName: string): Issued {
    const { cert, key } = this.#paths(file)
    const [request, config] = ['csr', 'conf'].map((end) => join(this.folder, `${file}.${end}`)) as [
      string,
      string,
    ]
    const list = `${file}.list`
    writeFileSync(join(this.folder, list), '')
    const lines = [
      ...['[ca]', 'default_ca = it', '[it]', `dir = ${this.folder}`, `database = $dir/${list}`],
      ...['new_certs_dir = $dir', 'default_md = sha256', 'policy = any', 'rand_serial = yes'],
      ...['x509_extensions = names', '[any]', 'commonName = supplied'],
      ...['[names]', 'subjectAltName = DNS:localhost,IP:127.0.0.1', ''],
    ]
    writeFileSync(config, lines.join('\n'))
    openssl(['req', '-subj', `/CN=${commonName}`, '-out', request, ...newKey(key)])
    const times = ['-startdate', '200101000000Z', '-enddate', '200201000000Z']
    const by = ['-cert', this.cert, '-keyfile', this.#key, '-in', request, '-out', cert]
    openssl(['ca', '-batch', '-notext', '-config', config, ...by, ...times])
    return { cert, key }
  }

  #paths(name: string): Issued {
    return { cert: join(this.folder, `${name}.pem`), key: join(this.folder, `${name}.key`) }
  }
}

/** Whether certificates can be made on this machine. */
export function canIssue(): boolean {
  return findTool('openssl') !== undefined
}

function newKey(path: string): string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', path]
}

function openssl(args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
