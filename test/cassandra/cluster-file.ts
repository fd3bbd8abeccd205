// The settings of a test cluster, kept in its folder: size, ports and tokens stay what they were at the first
// start, the rest may change while nothing runs.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { note, serverVersion, UsageError } from './java.ts'

export type SyncMode = 'batch' | 'group' | 'periodic'

export interface NodeSettings {
  number: number
  host: string
  token: string
  jmxPort: number
}

export interface ClusterSettings {
  name: string
  version: string
  heap: string
  commitlogSync: SyncMode
  groupWindow: string
  /** More lines for each node's cassandra.yaml. */
  yaml: string
  /** Not in the files of older clusters. */
  isThrowaway?: boolean
  nativePort: number
  storagePort: number
  sslStoragePort: number
  nodes: NodeSettings[]
}

/** What a start may say; what it leaves out stays as it was, or gets its default. */
export interface StartOptions {
  nodes?: number
  port?: number | 'auto'
  heap?: string
  commitlogSync?: SyncMode
  groupWindow?: string
  yaml?: string
  /** No node is ever started again: then a change of the schema need not be on the disk at once, which takes most of
   *  its time. */
  isThrowaway?: boolean
  /** Only this node. */
  node?: number
  timeoutMs?: number
}

export const clusterFile = (dir: string): string => path.join(dir, 'cluster.json')

/** @throws UsageError when there is none. */
export function loadCluster(dir: string): ClusterSettings {
  const file = clusterFile(dir)
  if (!fs.existsSync(file)) throw new UsageError(`no cluster in ${dir}: start one first`)
  return JSON.parse(fs.readFileSync(file, 'utf8')) as ClusterSettings
}

/** Reads the cluster's settings, or makes them at its first start. */
export async function openCluster(
  dir: string,
  options: StartOptions,
  isRunning: (node: NodeSettings) => boolean,
): Promise<ClusterSettings> {
  if (fs.existsSync(clusterFile(dir))) {
    const cluster = loadCluster(dir)
    checkUnchanged(cluster, options)
    changeSettings(cluster, options, isRunning)
    saveCluster(dir, cluster)
    return cluster
  }
  const count = options.nodes ?? 1
  const hosts = Array.from({ length: count }, (_, i) => `127.0.0.${i + 1}`)
  const taken = new Set<number>()
  const nativePort = options.port === 'auto' ? await freePort(hosts, taken) : (options.port ?? 9042)
  for (const host of hosts) await mustListen(host, nativePort) // before anything is written down
  taken.add(nativePort)
  const storagePort = await freePort(hosts, taken)
  const sslStoragePort = await freePort(hosts, taken)
  const nodes: NodeSettings[] = []
  for (const [i, host] of hosts.entries()) {
    // Evenly spread over the ring, which runs from -2^63 to 2^63 - 1.
    const token = -(2n ** 63n) + (2n ** 64n / BigInt(count)) * BigInt(i) + 1n
    nodes.push({ number: i + 1, host, token: String(token), jmxPort: await freePort(['127.0.0.1'], taken) })
  }
  const cluster: ClusterSettings = {
    name: `ackstone-test-${createHash('sha256').update(dir).digest('hex').slice(0, 8)}`,
    version: serverVersion(),
    heap: options.heap ?? '512m',
    commitlogSync: options.commitlogSync ?? 'batch',
    groupWindow: options.groupWindow ?? '2ms',
    yaml: options.yaml ?? '',
    isThrowaway: options.isThrowaway ?? false,
    nativePort,
    storagePort,
    sslStoragePort,
    nodes,
  }
  saveCluster(dir, cluster)
  return cluster
}

function saveCluster(dir: string, cluster: ClusterSettings): void {
  const file = clusterFile(dir)
  // On disk before it takes the old one's place: a machine that crashes leaves the one or the other whole.
  fs.writeFileSync(`${file}.new`, `${JSON.stringify(cluster, null, 2)}\n`, { flush: true })
  fs.renameSync(`${file}.new`, file)
}

/** A cluster's size and ports are written into its data: refuse to change them under it. */
function checkUnchanged(cluster: ClusterSettings, options: StartOptions): void {
  const differs: string[] = []
  if (options.nodes && options.nodes !== cluster.nodes.length) differs.push(`--nodes ${cluster.nodes.length}`)
  if (options.port && options.port !== 'auto' && options.port !== cluster.nativePort)
    differs.push(`--port ${cluster.nativePort}`)
  if (differs.length) {
    throw new UsageError(
      `this cluster was made with ${differs.join(' and ')}: use another folder, or stop --delete first`,
    )
  }
}

/** These may change from one start to the next; never while a node runs, which would go on with the old ones. */
function changeSettings(
  cluster: ClusterSettings,
  options: StartOptions,
  isRunning: (node: NodeSettings) => boolean,
): void {
  const wanted = {
    heap: options.heap,
    commitlogSync: options.commitlogSync,
    groupWindow: options.groupWindow,
    yaml: options.yaml,
    version: serverVersion(),
  }
  for (const name of Object.keys(wanted) as (keyof typeof wanted)[]) {
    const value = wanted[name]
    if (value === undefined || value === cluster[name]) continue
    if (cluster.nodes.some((node) => isRunning(node))) {
      throw new UsageError(
        `the cluster runs with ${name} ${cluster[name]}: stop it before a start with ${name} ${value}`,
      )
    }
    if (name === 'version') note(`data made by Cassandra ${cluster.version}, now run by ${value}`)
    Object.assign(cluster, { [name]: value })
  }
}

/** Tries to listen there for a moment: undefined when it can, or the error's code. */
function canListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    server.listen({ host, port, exclusive: true }, () => void server.close(() => resolve(undefined)))
  })
}

/** A port free on all the hosts, below the range that outgoing connections take theirs from. */
async function freePort(hosts: string[], taken: Set<number>): Promise<number> {
  let reason: string | undefined
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    if (taken.has(port)) continue
    const errors = await Promise.all(hosts.map((host) => canListen(host, port)))
    reason = errors.find((error) => error !== undefined)
    if (reason === undefined) {
      taken.add(port)
      return port
    }
    if (reason === 'EADDRNOTAVAIL') break
  }
  throw new UsageError(listenAdvice(hosts.join(', '), '', reason))
}

/** @throws UsageError when that can not be listened on. */
export async function mustListen(host: string, port: number): Promise<void> {
  const problem = await canListen(host, port)
  if (problem) throw new UsageError(listenAdvice(host, port, problem))
}

function listenAdvice(host: string, port: number | string, code: string | undefined): string {
  if (code === 'EADDRNOTAVAIL')
    return `${host} is not an address of this machine (macOS: sudo ifconfig lo0 alias 127.0.0.2 up, and .3)`
  if (code === 'EADDRINUSE')
    return `${host}:${port} is in use by another program: use --port auto or another port`
  return `cannot listen on ${host}:${port}: ${code}`
}
