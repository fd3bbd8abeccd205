// `npm run cassandra`: a real Cassandra on loopback addresses of this machine, for people who want to try the
// distributed store and for whoever tests it.
import { parseArgs } from 'node:util'
import type { StartOptions, SyncMode } from './cluster-file.ts'
import { ensureJars, note, UsageError } from './java.ts'
import { environment, nodetool, pause, runWith, start, status, stop } from './server.ts'

const help = `Runs Apache Cassandra on loopback addresses of this machine. Needs Java 17, and Maven the first time.

  npm run cassandra -- start [options]      start the cluster, wait until it answers
      --dir D                where it lives                                     (default ./.cassandra)
      --nodes 1|3            how many nodes, on 127.0.0.1, .2, .3               (default 1)
      --port P|auto          port for clients, the same on each address         (default 9042)
      --heap SIZE            Java heap of each node                             (default 512m)
      --commitlog-sync MODE  batch: an acknowledged write is on disk            (default)
                             group: likewise, syncs shared in a window of --group-window (2ms)
                             periodic: synced every 10 s, a kill may lose acknowledged writes
      --node N               start only node N again (after a stop or a kill)
      --timeout SECONDS      how long to wait                                   (default 180)
  npm run cassandra -- stop [--node N]      stop in good order, data kept
      --kill                 SIGKILL instead: a crash of the server
      --delete               then delete the cluster's data and settings
  npm run cassandra -- pause|resume [--node N]   freeze and unfreeze: a server that hangs
  npm run cassandra -- status               exit code 0 when every node answers, 3 when not
  npm run cassandra -- run [start options] -- COMMAND...   start, run COMMAND, stop
  npm run cassandra -- nodetool [--node N] -- ARGS...      Cassandra's own admin tool
  npm run cassandra -- fetch                only fetch the server's jars into the cache

The settings given at a cluster's first start are kept; later starts need only --dir. 'start' prints
CASSANDRA_CONTACT_POINTS=, CASSANDRA_PORT= and CASSANDRA_LOCAL_DC=; 'run' sets them for COMMAND.
Environment: CASSANDRA_TEST_CACHE  folder for the jars     (default: ackstone/cassandra in the user's cache)
             CASSANDRA_TEST_JAVA   the Java 17 program to use (default: JAVA_HOME's, else PATH's)
`

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const

interface Command {
  name: string
  rest: string[]
  dir: string
  options: StartOptions & { kill: boolean; delete: boolean }
}

function parse(argv: string[]): Command {
  const split = argv.indexOf('--')
  const { values, positionals } = parseArgs({
    args: split < 0 ? argv : argv.slice(0, split),
    allowPositionals: true,
    options: {
      'dir': { ...text, default: '.cassandra' },
      'nodes': text,
      'port': text,
      'heap': text,
      'node': text,
      'timeout': text,
      'commitlog-sync': text,
      'group-window': text,
      'kill': { ...flag, default: false },
      'delete': { ...flag, default: false },
      'help': flag,
    },
  })
  const checked = (name: keyof typeof values, pattern: RegExp, wanted: string): string | undefined => {
    const value = values[name]
    if (typeof value !== 'string') return undefined
    if (!pattern.test(value)) throw new UsageError(`--${name} must be ${wanted}`)
    return value
  }
  const number = (value: string | undefined): number | undefined =>
    value === undefined ? undefined : Number(value)
  const port = checked('port', /^(auto|[1-9]\d{0,4})$/, 'a port number or auto')
  const timeout = number(checked('timeout', /^\d+$/, 'a number of seconds'))
  return {
    name: values.help === true ? 'help' : positionals.join(' '),
    rest: split < 0 ? [] : argv.slice(split + 1),
    dir: values.dir,
    options: {
      nodes: number(checked('nodes', /^[13]$/, '1 or 3')),
      port: port === 'auto' ? port : number(port),
      heap: checked('heap', /^([2-9]\d\d|\d{4,})[mM]$|^\d+[gG]$/, 'a size such as 512m or 1g, at least 200m'),
      node: number(checked('node', /^\d+$/, "a node's number")),
      commitlogSync: checked('commitlog-sync', /^(batch|group|periodic)$/, 'batch, group or periodic') as
        | SyncMode
        | undefined,
      groupWindow: checked('group-window', /^\d+ms$/, 'a time such as 2ms'),
      timeoutMs: timeout === undefined ? undefined : timeout * 1000,
      kill: values.kill,
      delete: values.delete,
    },
  }
}

async function run({ name, rest, dir, options }: Command): Promise<number> {
  switch (name) {
    case 'start':
      for (const [variable, value] of Object.entries(environment(await start(dir, options)))) {
        console.log(`${variable}=${value}`)
      }
      return 0
    case 'stop':
      await stop(dir, options)
      return 0
    case 'pause':
    case 'resume':
      await pause(dir, { node: options.node, resume: name === 'resume' })
      return 0
    case 'run':
      return runWith(dir, options, rest)
    case 'nodetool':
      return nodetool(dir, rest, options.node)
    case 'fetch':
      console.log(`${ensureJars().length} jars are there.`)
      return 0
    case 'status': {
      const { nodes } = await status(dir)
      for (const { number, address, state, pid } of nodes) {
        console.log(`node ${number}  ${address}  ${state}${pid === undefined ? '' : `  pid ${pid}`}`)
      }
      return nodes.every(({ state }) => state === 'ready') ? 0 : 3
    }
    case 'help':
      process.stdout.write(help)
      return 0
    default:
      throw new UsageError(
        `${name === '' ? 'a command is needed' : `no such command: ${name}`}: see npm run cassandra -- help`,
      )
  }
}

try {
  process.exitCode = await run(parse(process.argv.slice(2)))
} catch (error) {
  const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error)
  note(error instanceof Error ? (isUsage ? error.message : (error.stack ?? error.message)) : String(error))
  process.exitCode = isUsage ? 2 : 1
}
