// One node of a test cluster: its files, and the process that runs it.
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { mustListen, type ClusterSettings, type NodeSettings } from './cluster-file.ts'
import { javaOptions, note } from './java.ts'

const here = import.meta.dirname

/** Of a server that lives for minutes: what it compiles thoroughly does not pay any more, and threads that collect
 *  garbage beside it take the tests' processors. */
const throwawayOptions = [
  '-Dcassandra.test.flush_local_schema_changes=false',
  '-XX:TieredStopAtLevel=1',
  '-XX:-UseG1GC',
  '-XX:+UseSerialGC',
]

interface Found {
  state: string
  mark: string
}

/** Where a node of a cluster keeps its files. */
export const nodeDir = (dir: string, node: NodeSettings): string => path.join(dir, `node${node.number}`)

const argsFile = (dir: string, node: NodeSettings): string =>
  path.join(nodeDir(dir, node), 'conf', 'java.args')

const pidFile = (dir: string, node: NodeSettings): string => path.join(nodeDir(dir, node), 'pid')

/** Writes the node's configuration and the file of arguments that Java is started with. */
function writeConfiguration(dir: string, cluster: ClusterSettings, node: NodeSettings, jars: string[]): void {
  const home = nodeDir(dir, node)
  for (const name of [
    'conf',
    'data',
    'commitlog',
    'hints',
    'saved_caches',
    'cdc_raw',
    'logs',
    'tmp',
    'triggers',
  ]) {
    fs.mkdirSync(path.join(home, name), { recursive: true })
  }
  const values: Record<string, string | number> = {
    clusterName: cluster.name,
    token: node.token,
    nodeDir: home.replaceAll("'", "''"), // stands between single quotes in the YAML
    host: node.host,
    nativePort: cluster.nativePort,
    yaml: cluster.yaml ?? '',
    storagePort: cluster.storagePort,
    sslStoragePort: cluster.sslStoragePort,
    seeds: cluster.nodes.map((each) => `${each.host}:${cluster.storagePort}`).join(','),
    commitlogSync: {
      batch: 'commitlog_sync: batch',
      group: `commitlog_sync: group\ncommitlog_sync_group_window: ${cluster.groupWindow}`,
      periodic: 'commitlog_sync: periodic\ncommitlog_sync_period: 10s',
    }[cluster.commitlogSync],
  }
  const template = fs.readFileSync(path.join(here, 'cassandra.yaml.template'), 'utf8')
  // What a cluster is given of its own takes the place of the template's line.
  const given = new Set([...(cluster.yaml ?? '').matchAll(/^(\w+):/gm)].map(([, key]) => key))
  const lines = template.split('\n').filter((line) => !given.has(/^(\w+):/.exec(line)?.[1] ?? ''))
  const yaml = lines
    .join('\n')
    .replace(/^#.*\n/gm, '')
    .replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
      const value = values[name]
      if (value === undefined) throw new Error(`cassandra.yaml.template names {{${name}}}, which is unknown`)
      return String(value)
    })
  const yamlFile = path.join(home, 'conf', 'cassandra.yaml')
  fs.writeFileSync(yamlFile, yaml)

  const args = [
    ...javaOptions(),
    `-Xmx${cluster.heap}`,
    `-XX:ErrorFile=${home}/logs/hs_err_pid%p.log`,
    `-Djava.io.tmpdir=${home}/tmp`,
    `-Dcassandra.config=${pathToFileURL(yamlFile)}`,
    `-Dcassandra.storagedir=${home}`,
    `-Dcassandra.triggers_dir=${home}/triggers`,
    `-Dcassandra.logdir=${home}/logs`,
    `-Dlogback.configurationFile=${path.join(here, 'logback.xml')}`,
    `-Dcassandra.jmx.local.port=${node.jmxPort}`,
    // How long a node that stops waits for its peers to hear of it; alone it has none.
    `-Dcassandra.shutdown_announce_in_ms=${cluster.nodes.length > 1 ? 500 : 0}`,
    ...(cluster.isThrowaway ? throwawayOptions : []),
    '-cp',
    jars.join(path.delimiter),
    'org.apache.cassandra.service.CassandraDaemon',
  ]
  const quote = (arg: string): string => `"${arg.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  fs.writeFileSync(argsFile(dir, node), `${args.map(quote).join('\n')}\n`)
}

/** The node's process, if it runs. Its pid counts only with the mark noted at its start: pids are given again. */
export function nodeProcess(dir: string, node: NodeSettings): { pid: number; paused: boolean } | undefined {
  let noted: string[]
  try {
    noted = fs.readFileSync(pidFile(dir, node), 'utf8').split('\n')
  } catch {
    return undefined
  }
  const pid = Number(noted[0])
  const found = describeProcess(pid)
  return found && found.mark === noted[1] ? { pid, paused: found.state === 'T' } : undefined
}

/** What the system tells of a process: its state, and a mark that no other process ever has with this pid. */
export function describeProcess(pid: number): Found | undefined {
  if (!Number.isInteger(pid) || pid <= 1) return undefined
  if (!fs.existsSync('/proc/self/stat')) {
    const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
    const [, state, mark] = /^(\S)\S*\s+(.*\S)/.exec((stdout ?? '').trim()) ?? []
    return state !== undefined && state !== 'Z' ? { state, mark: mark ?? '' } : undefined
  }
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ') // the name before may hold anything
    // A killed JVM's first thread ends before its others, and until they end its ports are taken.
    if (fields[0] === 'Z' && fs.readdirSync(`/proc/${pid}/task`).length <= 1) return undefined
    const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return { state: fields[0] ?? '', mark: `${boot} ${fields[19]}` } // when it started, in ticks since then
  } catch {
    return undefined
  }
}

export async function startNode(
  dir: string,
  cluster: ClusterSettings,
  node: NodeSettings,
  java: string,
  jars: string[],
): Promise<void> {
  for (const port of [cluster.nativePort, cluster.storagePort]) await mustListen(node.host, port)
  writeConfiguration(dir, cluster, node, jars)
  const output = fs.openSync(path.join(nodeDir(dir, node), 'logs', 'stdout.log'), 'w')
  const env = { ...process.env }
  for (const name of ['JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS', '_JAVA_OPTIONS']) delete env[name]
  const child = spawn(java, [`@${argsFile(dir, node)}`], {
    cwd: nodeDir(dir, node),
    env,
    detached: true, // outlives this command, and a Ctrl-C meant for it
    stdio: ['ignore', output, output],
  })
  fs.closeSync(output)
  await new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(undefined))
    child.once('error', reject)
  })
  fs.writeFileSync(pidFile(dir, node), `${child.pid}\n${describeProcess(child.pid ?? 0)?.mark}\n`)
  child.unref()
}

export async function stopNode(
  dir: string,
  node: NodeSettings,
  { kill = false, timeoutMs = 60_000 }: { kill?: boolean; timeoutMs?: number } = {},
): Promise<void> {
  const running = nodeProcess(dir, node)
  if (running) {
    process.kill(running.pid, kill ? 'SIGKILL' : 'SIGTERM') // on SIGTERM Cassandra drains, then ends
    if (running.paused) process.kill(running.pid, 'SIGCONT')
    const deadline = Date.now() + timeoutMs
    while (nodeProcess(dir, node)) {
      if (Date.now() > deadline) {
        note(`node ${node.number} did not stop in ${timeoutMs / 1000} s: killed`)
        return stopNode(dir, node, { kill: true })
      }
      await sleep(50)
    }
  }
  fs.rmSync(pidFile(dir, node), { force: true })
}

/** The end of what a node has written: why it failed, most times. */
export function lastWords(dir: string, node: NodeSettings): string {
  const parts: string[] = []
  for (const name of ['stdout.log', 'system.log']) {
    const file = path.join(nodeDir(dir, node), 'logs', name)
    if (!fs.existsSync(file)) continue
    const lines = fs.readFileSync(file, 'utf8').trimEnd().split('\n')
    parts.push(`--- last lines of ${file}`, ...lines.slice(-20))
  }
  return parts.join('\n')
}
