// Starts and stops a real Cassandra for tests and development, one node or three on loopback addresses: Maven
// fetches the jars once, Java runs them. No container engine is needed.
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  clusterFile,
  loadCluster,
  openCluster,
  type ClusterSettings,
  type NodeSettings,
  type StartOptions,
} from './cluster-file.ts'
import { ensureJars, findJava, javaOptions, UsageError } from './java.ts'
import { describeProcess, lastWords, nodeDir, nodeProcess, startNode, stopNode } from './node.ts'
import { all, ask, emptyingQuery, localQuery, one, replicatedQuery } from './question.ts'

const here = import.meta.dirname
/** The name that SimpleSnitch gives. */
const dataCenter = 'datacenter1'

/** What a client needs to connect. */
export interface Contact {
  /** host:port of each node. */
  contactPoints: string[]
  port: number
  localDataCenter: string
}

export type NodeState = 'stopped' | 'paused' | 'ready' | 'not answering'

export interface NodeStatus {
  number: number
  address: string
  pid: number | undefined
  state: NodeState
}

const isTls = ({ yaml }: ClusterSettings): boolean => /^client_encryption_options:/m.test(yaml ?? '')

const answers = (
  cluster: ClusterSettings,
  node: NodeSettings,
  cql: string,
  consistency: number,
  timeoutMs: number,
): Promise<boolean> =>
  ask(node.host, cluster.nativePort, cql, consistency, timeoutMs, isTls(cluster)).then(
    () => true,
    () => false,
  )

async function waitReady(
  dir: string,
  cluster: ClusterSettings,
  nodes: NodeSettings[],
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  const whole =
    cluster.nodes.length > 1 && cluster.nodes.every((node) => nodeProcess(dir, node)?.paused === false)
  for (const node of nodes) {
    for (;;) {
      if (!nodeProcess(dir, node))
        throw new Error(`node ${node.number} ended while it started\n${lastWords(dir, node)}`)
      let ready = await answers(cluster, node, localQuery, one, 2_000)
      // With every node running, ready means too that this one sees the others.
      if (ready && whole) ready = await answers(cluster, node, replicatedQuery, all, 5_000)
      if (ready) break
      if (Date.now() > deadline) {
        throw new Error(`node ${node.number} was not ready in ${timeoutMs / 1000} s\n${lastWords(dir, node)}`)
      }
      await sleep(100)
    }
  }
}

/** One command at a time on a cluster: D/lock names the process that holds it. */
async function withLock<T>(dir: string, action: () => Promise<T>): Promise<T> {
  const file = path.join(dir, 'lock')
  for (let waited = 0; ; waited += 200) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (isStale(file)) fs.rmSync(file, { force: true })
    else if (waited > 300_000)
      throw new UsageError(`another command holds ${file}: delete that file if none runs`)
    else await sleep(200)
  }
  try {
    return await action()
  } finally {
    fs.rmSync(file, { force: true })
  }
}

/** Whether a lock's process is gone; a lock that a machine's crash left empty counts after five seconds. */
function isStale(lock: string): boolean {
  try {
    const holder = Number(fs.readFileSync(lock, 'utf8'))
    return holder ? !describeProcess(holder) : Date.now() - fs.statSync(lock).mtimeMs > 5_000
  } catch {
    return false // gone meanwhile
  }
}

function pickNodes(cluster: ClusterSettings, number: number | undefined): NodeSettings[] {
  if (number === undefined) return cluster.nodes
  const node = cluster.nodes.find((each) => each.number === number)
  if (!node) throw new UsageError(`this cluster has nodes 1 to ${cluster.nodes.length}, no node ${number}`)
  return [node]
}

/**
 * Starts the cluster kept in the folder, or the nodes of it that do not run, and waits until each
 * answers CQL. Options: nodes, port (number or 'auto'), heap, commitlogSync, groupWindow, node,
 * timeoutMs. Returns { contactPoints, port, localDataCenter, started }.
 */
export async function start(
  folder: string,
  options: StartOptions = {},
): Promise<Contact & { started: number[] }> {
  const dir = path.resolve(folder)
  const java = findJava()
  const jars = ensureJars()
  fs.mkdirSync(dir, { recursive: true })
  return withLock(dir, async () => {
    const cluster = await openCluster(dir, options, (node) => nodeProcess(dir, node) !== undefined)
    const nodes = pickNodes(cluster, options.node)
    const started: NodeSettings[] = []
    if (cluster.isThrowaway && cluster.nodes.every((node) => nodeProcess(dir, node) === undefined)) {
      for (const node of cluster.nodes) fs.rmSync(nodeDir(dir, node), { recursive: true, force: true })
    }
    try {
      for (const node of nodes) {
        if (nodeProcess(dir, node)) continue
        await startNode(dir, cluster, node, java, jars)
        started.push(node)
      }
      await waitReady(dir, cluster, nodes, options.timeoutMs ?? 180_000)
      // A server that does not flush changes of its schema writes its first table file late, and then tells its gossip
      // of it under a lock: beside TRUNCATE and a change of the schema it stood still for ever. So the first is now.
      for (const node of cluster.isThrowaway ? started : []) {
        await ask(node.host, cluster.nativePort, emptyingQuery, one, 30_000)
      }
    } catch (error) {
      await Promise.all(started.map((node) => stopNode(dir, node, { kill: true }))) // leave nothing half up
      throw error
    }
    return { ...contact(cluster), started: started.map((node) => node.number) }
  })
}

function contact(cluster: ClusterSettings): Contact {
  return {
    contactPoints: cluster.nodes.map((node) => `${node.host}:${cluster.nativePort}`),
    port: cluster.nativePort,
    localDataCenter: dataCenter,
  }
}

/** Stops the cluster, or one node of it. Options: node, kill (SIGKILL), delete (then delete its files). */
export async function stop(
  folder: string,
  options: { node?: number; kill?: boolean; delete?: boolean } = {},
): Promise<void> {
  const dir = path.resolve(folder)
  const cluster = loadCluster(dir)
  if (options.delete && options.node !== undefined)
    throw new UsageError('--delete is for the whole cluster, without --node')
  await withLock(dir, async () => {
    await Promise.all(pickNodes(cluster, options.node).map((node) => stopNode(dir, node, options)))
    if (!options.delete) return
    for (const node of cluster.nodes) fs.rmSync(nodeDir(dir, node), { recursive: true, force: true })
    fs.rmSync(clusterFile(dir))
  })
  if (options.delete && fs.readdirSync(dir).length === 0) fs.rmdirSync(dir)
}

/** Freezes (SIGSTOP) or unfreezes (SIGCONT) the cluster or one node: connections stay, answers stop. */
export async function pause(
  folder: string,
  { node: number, resume = false }: { node?: number; resume?: boolean } = {},
): Promise<void> {
  const dir = path.resolve(folder)
  for (const node of pickNodes(loadCluster(dir), number)) {
    const running = nodeProcess(dir, node)
    if (!running) throw new UsageError(`node ${node.number} does not run`)
    process.kill(running.pid, resume ? 'SIGCONT' : 'SIGSTOP')
    // The signal is on its way; the node is frozen only when the system says so.
    const deadline = Date.now() + 5_000
    while (nodeProcess(dir, node)?.paused === resume) {
      if (Date.now() > deadline)
        throw new Error(`node ${node.number} did not ${resume ? 'resume' : 'pause'} in 5 s`)
      await sleep(5)
    }
  }
}

/** What each node does now: { contactPoints, port, localDataCenter, nodes: [{ number, address, pid, state }], ... }. */
export async function status(
  folder: string,
): Promise<Contact & { version: string; commitlogSync: string; nodes: NodeStatus[] }> {
  const dir = path.resolve(folder)
  const cluster = loadCluster(dir)
  const nodes = await Promise.all(
    cluster.nodes.map(async (node) => {
      const running = nodeProcess(dir, node)
      let state: NodeState = 'stopped'
      if (running?.paused) state = 'paused'
      else if (running)
        state = (await answers(cluster, node, localQuery, one, 2_000)) ? 'ready' : 'not answering'
      return { number: node.number, address: `${node.host}:${cluster.nativePort}`, pid: running?.pid, state }
    }),
  )
  return { ...contact(cluster), version: cluster.version, commitlogSync: cluster.commitlogSync, nodes }
}

/** The processes of the nodes that run. */
export function processesOf(folder: string): number[] {
  const dir = path.resolve(folder)
  return loadCluster(dir).nodes.flatMap((node) => nodeProcess(dir, node)?.pid ?? [])
}

/** Runs Cassandra's nodetool on one node and returns its exit code. */
export function nodetool(folder: string, args: string[], number = 1): number {
  const dir = path.resolve(folder)
  const [node] = pickNodes(loadCluster(dir), number) as [NodeSettings]
  const scratch = path.join(nodeDir(dir, node), 'tmp') // for its history and log, which go to the user's home else
  const command = [
    '-Xmx128m',
    '-XX:TieredStopAtLevel=1',
    ...javaOptions().filter((option) => option.startsWith('--add-')),
    `-Duser.home=${scratch}`,
    `-Dcassandra.logdir=${scratch}`,
    `-Dlogback.configurationFile=${path.join(here, 'logback.xml')}`,
    '-cp',
    ensureJars().join(path.delimiter),
    'org.apache.cassandra.tools.NodeTool',
    '-h',
    '127.0.0.1',
    '-p',
    String(node.jmxPort),
    ...args,
  ]
  return spawnSync(findJava(), command, { stdio: ['ignore', 'inherit', 'inherit'] }).status ?? 1
}

/** How a command is told where the cluster is. */
export const environment = ({ contactPoints, port, localDataCenter }: Contact): Record<string, string> => ({
  CASSANDRA_CONTACT_POINTS: contactPoints.join(','),
  CASSANDRA_PORT: String(port),
  CASSANDRA_LOCAL_DC: localDataCenter,
})

/** Starts the cluster, runs a command with its contact points in the environment, stops what it started. */
export async function runWith(
  folder: string,
  options: StartOptions,
  [command, ...args]: string[],
): Promise<number> {
  if (command === undefined) throw new UsageError('run needs a command after --')
  const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  let child: ReturnType<typeof spawn> | undefined
  let interrupted: NodeJS.Signals | undefined
  const forward = (signal: NodeJS.Signals): void => {
    interrupted = signal
    child?.kill(signal)
  }
  for (const signal of forwarded) process.on(signal, forward) // so that the cluster is stopped all the same
  const up = await start(folder, options)
  try {
    if (interrupted !== undefined) return 130
    child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...environment(up) } })
    const running = child
    return await new Promise<number>((resolve, reject) => {
      running.once('error', (error) => reject(new UsageError(`cannot run ${command}: ${error.message}`)))
      running.once('exit', (code, signal) =>
        resolve(code ?? 128 + (os.constants.signals[signal ?? 'SIGKILL'] ?? 0)),
      )
    })
  } finally {
    for (const number of up.started) await stop(folder, { node: number })
  }
}
