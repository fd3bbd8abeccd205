// Every option of Ackstone, once: name, type, limits, default, unit and meaning. Flags, environment
// variables, the keys of ackstone.yaml, --print-config and docs/reference/configuration.md follow from it.
import { z } from 'zod'
import { access } from './access.ts'
import { brokerLimits } from './broker-limits.ts'
import { connectionLimits, transport } from './transport.ts'

const port = z.int().min(0).max(65_535)

const cassandra = z.strictObject({
  contactPoints: z
    .array(z.string().min(1))
    .min(1)
    .max(64)
    .default(['127.0.0.1:9042'])
    .describe('Nodes to contact first, each host:port.'),
  localDataCenter: z.string().min(1).default('datacenter1').describe('The data center that is near.'),
  keyspace: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_]{0,47}$/)
    .default('ackstone')
    .meta({
      description: 'Keyspace of the tables.',
      expects: '1 to 48 letters, digits and underscores, a letter first',
    }),
  replicationFactor: z.int().min(1).max(32).default(3).describe('Copies of each row in a data center.'),
  consistency: z
    .enum(['ONE', 'LOCAL_ONE', 'QUORUM', 'LOCAL_QUORUM', 'EACH_QUORUM', 'ALL'])
    .default('LOCAL_QUORUM')
    .describe('How many copies must have confirmed a write before it counts as stored.'),
  username: z.string().min(1).optional().describe('Login name, where the cluster asks for one.'),
  password: z.string().min(1).optional().meta({ description: 'Its password.', isSecret: true }),
  tls: z.boolean().default(false).describe('Whether the connections to the nodes are encrypted.'),
  tlsCa: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file of the authority that signed the certificates of the nodes.'),
  tlsCert: z.string().min(1).optional().describe('PEM file of a client certificate, if the nodes want one.'),
  tlsKey: z.string().min(1).optional().describe('PEM file of its private key.'),
  tlsVerify: z
    .boolean()
    .default(true)
    .describe('Whether the certificate of a node must be valid and carry the name in contactPoints.'),
  inFlightMax: z
    .int()
    .min(1)
    .max(2_048)
    .default(128)
    .describe('Write requests under way at a time, at most. Fewer are sent while the cluster is slow.'),
  connectionsPerNode: z.int().min(1).max(32).default(1).describe('Connections to each node that is near.'),
  retentionDays: z
    .int()
    .min(0)
    .max(7_300)
    .default(0)
    .describe('Days after which a reading vanishes, counted from when it was stored. 0 keeps it for ever.'),
  createSchema: z
    .boolean()
    .default(true)
    .describe('Whether keyspace and tables are created and brought to the next version at the start.'),
})

const limits = z.strictObject({
  ...brokerLimits,
  ...connectionLimits,
  httpConnectionsMax: z.int().min(1).max(100_000).default(1_000).describe('HTTP connections at a time.'),
  httpBodyBytesMax: z
    .int()
    .min(1_024)
    .max(67_108_864)
    .default(1_048_576)
    .describe('Largest body of an HTTP request in bytes.'),
  liveWatchersMax: z.int().min(1).max(10_000).default(200).describe('Open event streams at a time.'),
})

const privacy = z.strictObject({
  payloads: z
    .enum(['show', 'hide'])
    .default('show')
    .describe('Whether people who may only read see payloads in the live traffic.'),
})

export const configSchema = z.strictObject({
  dataDir: z
    .string()
    .min(1)
    .default('./data')
    .describe('Folder of the embedded store, relative to the working folder. Created when missing.'),
  host: z
    .string()
    .min(1)
    .max(255)
    .default('127.0.0.1')
    .describe('Address to listen on. On anything but loopback clients need credentials.'),
  mqttPort: port.default(1883).describe('Port of MQTT over TCP. 0 takes any free port.'),
  mqttsPort: port
    .optional()
    .describe('Port of MQTT over TLS; 8883 once tls.cert is given. 0 takes any free port.'),
  httpPort: port.default(8080).describe('Port of the HTTP API. 0 takes any free port.'),
  store: z
    .enum(['leveldb', 'cassandra'])
    .default('leveldb')
    .describe('Engine that keeps the readings: a folder of its own, or a cluster.'),
  demo: z.boolean().default(false).describe('Replays measured data through the MQTT port.'),
  allowAnonymous: z
    .boolean()
    .optional()
    .describe('Whether clients get in without credentials, with all rights. Unless said, on loopback only.'),
  adminToken: z.string().min(1).max(512).optional().meta({
    description:
      'Bearer token of an administrator, for automation. Not a flag: processes can see each other’s.',
    isSecret: true,
    isWithoutFlag: true,
  }),
  newSetupCode: z
    .boolean()
    .default(false)
    .describe('Prints a setup code although there is an administrator, for one who has lost the password.'),
  ackDeadlineMs: z
    .int()
    .min(1)
    .max(600_000)
    .default(30_000)
    .describe('Milliseconds for which an answer may wait for the store before its sender is disconnected.'),
  clockAheadMaxMs: z
    .int()
    .min(0)
    .max(315_576_000_000)
    .default(86_400_000)
    .describe('Milliseconds by which a reading may be ahead of the clock here; beyond, it is rejected.'),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('Least level that is logged.'),
  logFormat: z
    .enum(['auto', 'text', 'json'])
    .default('auto')
    .describe('Form of the log. auto: text on a terminal, else JSON.'),
  ...transport,
  limits: limits.prefault({}).describe('What may be there at a time, and how big.'),
  access: access.prefault({}).describe('Who may connect, and what they may do.'),
  privacy: privacy.prefault({}).describe('What people see of messages.'),
  cassandra: cassandra.prefault({}).describe('Used with store: cassandra.'),
  integrations: z
    .array(z.looseObject({ name: z.string().min(1) }))
    .max(1_000)
    .default([])
    .describe(
      'Integrations declared here, as in the body of POST /integrations. They can’t be changed over the API.',
    ),
})

export type Config = z.output<typeof configSchema>

export type OptionType = 'text' | 'integer' | 'boolean' | 'choice' | 'list' | 'objects'

/** One option, as flags, environment, documentation and --print-config need it. */
export interface Option {
  /** limits.packetBytesMax */
  key: string
  path: readonly string[]
  /** ACKSTONE_LIMITS_PACKET_BYTES_MAX; undefined where only the file can say it. */
  variable: string | undefined
  /** --data-dir; undefined where there is none. */
  flag: string | undefined
  type: OptionType
  /** What its value must be, to follow "must be". */
  expects: string
  description: string
  default: unknown
  isSecret: boolean
}

/** All options in the order of the schema. */
export const options: readonly Option[] = listOptions(configSchema, [])

/** The option of a top-level key or dotted path. */
export function optionOf(key: string): Option | undefined {
  return options.find((option) => option.key === key)
}

/** Turns the text of a flag, a variable or a `${…}` into the type of the option; what doesn't fit stays
 *  text, so that validation can name it. */
export function fromText(option: Option, text: string): unknown {
  switch (option.type) {
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : text
    case 'boolean':
      if (/^(true|1|yes|on)$/i.test(text)) return true
      return /^(false|0|no|off)$/i.test(text) ? false : text
    case 'list':
      return text.split(',').map((item) => item.trim())
    case 'text':
    case 'choice':
    case 'objects':
      return text
  }
}

function listOptions(object: z.ZodObject, parents: readonly string[]): Option[] {
  return Object.entries(object.shape).flatMap(([name, member]) => {
    const path = [...parents, name]
    const { inner, fallback } = unwrap(member as z.ZodType)
    if (inner instanceof z.ZodObject) return listOptions(inner, path)
    return [optionAt(path, inner, fallback, (member as z.ZodType).meta() ?? inner.meta() ?? {})]
  })
}

function optionAt(
  path: readonly string[],
  inner: z.ZodType,
  fallback: unknown,
  meta: Record<string, unknown>,
): Option {
  const type = typeOf(inner)
  const words = path.join('_').replace(/([a-z])([A-Z])/g, '$1_$2')
  const hasFlag =
    path.length === 1 ? type !== 'objects' && meta.isWithoutFlag !== true : meta.hasFlag === true
  return {
    key: path.join('.'),
    path,
    variable: type === 'objects' ? undefined : `ACKSTONE_${words.toUpperCase()}`,
    flag: hasFlag ? `--${words.toLowerCase().replaceAll('_', '-')}` : undefined,
    type,
    expects: typeof meta.expects === 'string' ? meta.expects : expectation(inner),
    description: String(meta.description ?? ''),
    default: fallback,
    isSecret: meta.isSecret === true,
  }
}

function unwrap(schema: z.ZodType): { inner: z.ZodType; fallback: unknown } {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return { inner: unwrap(schema.def.innerType as z.ZodType).inner, fallback: schema.def.defaultValue }
  }
  if (schema instanceof z.ZodOptional) return unwrap(schema.def.innerType as z.ZodType)
  return { inner: schema, fallback: undefined }
}

function typeOf(inner: z.ZodType): OptionType {
  if (inner instanceof z.ZodNumber) return 'integer'
  if (inner instanceof z.ZodBoolean) return 'boolean'
  if (inner instanceof z.ZodEnum) return 'choice'
  if (inner instanceof z.ZodArray) return inner.element instanceof z.ZodObject ? 'objects' : 'list'
  return 'text'
}

function expectation(inner: z.ZodType): string {
  if (inner instanceof z.ZodNumber) return `a whole number from ${inner.minValue} to ${inner.maxValue}`
  if (inner instanceof z.ZodBoolean) return 'true or false'
  if (inner instanceof z.ZodEnum) return `one of ${inner.options.join(', ')}`
  if (inner instanceof z.ZodArray) {
    return inner.element instanceof z.ZodObject
      ? 'a list of integrations, each with a name'
      : 'a list of texts'
  }
  if (inner instanceof z.ZodString && inner.maxLength !== null) {
    return `text of ${inner.minLength ?? 0} to ${inner.maxLength} characters`
  }
  return 'text that is not empty'
}
