// The connection to the cluster: opened with what was measured to survive its faults, asked with bounded
// patience. The driver's package is loaded here and only when this engine is chosen.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import type * as driver from 'cassandra-driver'
import { AckstoneError } from '../../errors.ts'
import { faultOf } from './faults.ts'
import { nodesOf, type ClusterOptions, type ConsistencyName } from './options.ts'

/** An answer that takes longer is given up; whether a write took effect is unknown then. */
const readTimeoutMs = 4_000
const connectTimeoutMs = 4_000
/** A dozen changes of the schema queue at a node, which may be busy. */
const defineTimeoutMs = 60_000
const heartbeatMs = 2_000
const reconnectMs = 500
/** A node that has not answered by then gets company: the same request at another node. */
const speculateAfterMs = 300
const speculationsMax = 2
/** What the driver itself lets wait on a connection before it refuses. */
const requestsPerConnectionMax = 2_048
export const portDefault = 9042

/** One row as the driver gives it: columns by name. */
export type ResultRow = Record<string, unknown>

export interface Statement {
  query: string
  params: unknown[]
}

export interface Page<T> {
  rows: T[]
  /** Undefined after the last. */
  nextPage: string | Buffer | undefined
}

/** Nodes of the cluster, as far as the driver knows them. */
export type Host = driver.Host

export class Cluster {
  readonly #client: driver.Client
  readonly #options: ClusterOptions
  readonly nodes: string
  /** Names this hub among all that are connected, until it ends. */
  readonly hub: string = randomUUID()
  readonly #serialConsistency: number
  readonly #all: number

  private constructor(
    client: driver.Client,
    options: ClusterOptions,
    serialConsistency: number,
    all: number,
  ) {
    this.#client = client
    this.#options = options
    this.nodes = nodesOf(options)
    this.#serialConsistency = serialConsistency
    this.#all = all
  }

  /** Connects to the nodes that can be reached.
   *  @param keyspace undefined while there may be none.
   *  @throws CLUSTER_UNAVAILABLE, CLUSTER_LOGIN, CLUSTER_REFUSED, CLUSTER_CERTIFICATE */
  static async connect(options: ClusterOptions, keyspace: string | undefined): Promise<Cluster> {
    const cassandra = await loadDriver()
    const client = new cassandra.Client(clientOptions(cassandra, options, keyspace))
    const { localSerial, serial, all } = cassandra.types.consistencies
    const isLocal = options.consistency.startsWith('LOCAL') || options.consistency === 'ONE'
    try {
      await client.connect()
    } catch (error) {
      await client.shutdown()
      throw faultOf(error, nodesOf(options))
    }
    return new Cluster(client, options, isLocal ? localSerial : serial, all)
  }

  /** All rows of a small answer.
   *  @throws CLUSTER_UNAVAILABLE, CLUSTER_OVERLOADED, CLUSTER_REFUSED */
  async rows<T>(query: string, params: unknown[] = [], at?: driver.Host): Promise<T[]> {
    return (await this.#run(query, params, at === undefined ? {} : { host: at })).rows as unknown as T[]
  }

  /** One page of a large answer. @throws as `rows`. */
  async page<T>(
    query: string,
    params: unknown[],
    rows: number,
    page?: string | Buffer,
    consistency?: 'ALL',
  ): Promise<Page<T>> {
    const all = consistency === undefined ? {} : { consistency: this.#all }
    const result = await this.#run(query, params, { fetchSize: rows, pageState: page, ...all })
    return {
      rows: result.rows as unknown as T[],
      nextPage: (result.pageState as string | null) ?? undefined,
    }
  }

  /** Writes statements of one fate; resolves when the consistency is met.
   *  @param writeTs microseconds: of two writes of a cell the one with the greater stays.
   *  @throws as `rows`: then the outcome is unknown. */
  async write(statements: readonly Statement[], writeTs: number, routingKey: Buffer): Promise<void> {
    const options = { timestamp: writeTs, routingKey, prepare: true, isIdempotent: true }
    try {
      if (statements.length === 1) {
        const [{ query, params }] = statements as [Statement]
        await this.#client.execute(query, params, options)
      } else {
        await this.#client.batch(statements as Statement[], { ...options, logged: false })
      }
    } catch (error) {
      throw faultOf(error, this.nodes)
    }
  }

  /** Conditional writes of one partition, all of them or none: empty when they were applied, else the rows that
   *  were there. @throws as `write`. */
  async writeIfAbsent<T>(conditions: readonly Statement[], routingKey?: Buffer): Promise<T[]> {
    // A condition is not repeated by the driver: the answer of the second would be about the first.
    const options = {
      prepare: true,
      isIdempotent: false,
      serialConsistency: this.#serialConsistency,
      ...(routingKey === undefined ? {} : { routingKey }),
    }
    try {
      const [{ query, params }] = conditions as [Statement]
      const result =
        conditions.length === 1
          ? await this.#client.execute(query, params, options)
          : await this.#client.batch(conditions as Statement[], { ...options, logged: false })
      return result.wasApplied() ? [] : (result.rows as unknown as T[])
    } catch (error) {
      throw faultOf(error, this.nodes)
    }
  }

  /** Changes of the schema that do not build on each other; resolves when the nodes that can be reached agree. All go
   *  through one node, which makes them one after the other and waits for the agreement once: of changes that
   *  different nodes make at the same time one may undo the other. @throws as `rows`. */
  async define(...changes: string[]): Promise<void> {
    const host = this.hosts.find((one) => one.isUp())
    const options = { prepare: false, isIdempotent: false, readTimeout: defineTimeoutMs }
    const at = host === undefined ? options : { ...options, host }
    const ends = await Promise.allSettled(changes.map((cql) => this.#run(cql, [], at)))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }

  async #run(
    query: string,
    params: unknown[],
    options: driver.QueryOptions,
  ): Promise<driver.types.ResultSet> {
    try {
      return await this.#client.execute(query, params, { prepare: true, isIdempotent: true, ...options })
    } catch (error) {
      throw faultOf(error, this.nodes)
    }
  }

  /** All nodes that are known, up or not. */
  get hosts(): Host[] {
    return this.#client.hosts.values()
  }

  /** How many nodes are connected now. */
  get connectedCount(): number {
    return this.#client.getState().getConnectedHosts().length
  }

  /** A name for the first of the nodes that hold a partition; the same for all where there is one node. */
  replicaOf(routingKey: Buffer): string {
    if (this.#client.hosts.length === 1) return ''
    const [first] = this.#client.getReplicas(this.#options.keyspace, routingKey) ?? []
    return first?.address ?? ''
  }

  async close(): Promise<void> {
    await this.#client.shutdown()
  }
}

/** The package is CommonJS: everything stands on its default export. */
async function loadDriver(): Promise<typeof driver> {
  const loaded = (await import('cassandra-driver')) as unknown as { default: typeof driver }
  return loaded.default
}

function clientOptions(
  cassandra: typeof driver,
  options: ClusterOptions,
  keyspace: string | undefined,
): driver.ClientOptions {
  const { policies, types } = cassandra
  const { username, password } = options
  return {
    contactPoints: [...options.contactPoints],
    // The driver looks for all other nodes on this port, whatever the contact points say.
    protocolOptions: { port: portOf(options.contactPoints[0]!) },
    localDataCenter: options.localDataCenter,
    ...(keyspace === undefined ? {} : { keyspace }),
    ...(username === undefined ? {} : { credentials: { username, password: password ?? '' } }),
    ...(options.tls.isEnabled ? { sslOptions: tlsOptions(options) } : {}),
    queryOptions: { consistency: consistencyOf(cassandra, options.consistency), prepare: true },
    socketOptions: { readTimeout: readTimeoutMs, connectTimeout: connectTimeoutMs },
    pooling: {
      coreConnectionsPerHost: {
        [types.distance.local]: options.connectionsPerNode,
        [types.distance.remote]: 1,
      },
      heartBeatInterval: heartbeatMs,
      maxRequestsPerConnection: requestsPerConnectionMax,
    },
    policies: {
      reconnection: new policies.reconnection.ConstantReconnectionPolicy(reconnectMs),
      speculativeExecution: new policies.speculativeExecution.ConstantSpeculativeExecutionPolicy(
        speculateAfterMs,
        speculationsMax,
      ),
      // Every failure is ours to repeat, with a pause and the same write timestamp.
      retry: new policies.retry.FallthroughRetryPolicy(),
    },
  }
}

function consistencyOf({ types }: typeof driver, name: ConsistencyName): number {
  const { consistencies } = types
  const byName = {
    ONE: consistencies.one,
    LOCAL_ONE: consistencies.localOne,
    QUORUM: consistencies.quorum,
    LOCAL_QUORUM: consistencies.localQuorum,
    EACH_QUORUM: consistencies.eachQuorum,
    ALL: consistencies.all,
  }
  return byName[name]
}

function portOf(contactPoint: string): number {
  const port = /:(\d{1,5})$/.exec(contactPoint)?.[1]
  return port === undefined ? portDefault : Number(port)
}

function tlsOptions({ tls }: ClusterOptions): ConnectionOptions {
  return {
    ...(tls.ca === undefined ? {} : { ca: readPem(tls.ca) }),
    ...(tls.cert === undefined ? {} : { cert: readPem(tls.cert) }),
    ...(tls.key === undefined ? {} : { key: readPem(tls.key) }),
    rejectUnauthorized: tls.isVerified,
  }
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new AckstoneError('CLUSTER_CERTIFICATE', { file, cause: (error as Error).message }, error)
  }
}
