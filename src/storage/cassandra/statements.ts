// The statements of the engine, each a constant text, so that the server prepares it once.
import { columns } from './schema.ts'

export interface Statements {
  /** One insert for each kind of value. */
  readonly insert: readonly string[]
  readonly insertIfAbsent: readonly string[]
  readonly insertBucket: string
  readonly markBucket: string
  readonly sealBucket: string
  readonly putBlock: string
  readonly insertSeries: string
  readonly addWidth: string
  readonly insertDevice: string
  readonly insertRejected: string
  readonly insertRejectedBucket: string
  readonly deleteRejected: string
  readonly putRegistry: string
  readonly touchRegistry: string
  readonly deleteRegistry: string
  readonly rowsAt: string
  readonly newestRow: string
  /** Doubles only, and every type, in both orders. */
  readonly doubles: Readonly<Record<'asc' | 'desc', string>>
  readonly anything: Readonly<Record<'asc' | 'desc', string>>
  readonly buckets: Readonly<Record<'asc' | 'desc', string>>
  readonly newestBuckets: string
  readonly rowsToSeal: string
  readonly blocks: Readonly<Record<'asc' | 'desc', string>>
  readonly seriesOf: string
  readonly device: string
  readonly devices: string
  readonly countRows: string
  readonly deleteRows: string
  readonly rejectedBuckets: string
  readonly rejectedOf: string
  readonly rejectedById: string
  readonly registryScan: string
  readonly registryGet: string
  readonly registryChanges: string
  readonly leaseOf: string
  readonly firstLease: string
  readonly nextLease: string
  readonly putLeased: string
  readonly leasedOf: string
}

const inPartition = 'WHERE device = ? AND key = ? AND bucket = ?'
const inRange = `${inPartition} AND ts >= ? AND ts < ?`
const valueColumns = 'kind, num, int, flag, str'
/** A lease that nobody has renewed for thirty days is of something that is gone. */
const leaseSeconds = 2_592_000
/** A hub that has not changed anything for so long is forgotten by the others, which take that for a change. */
const changeSeconds = 86_400
const rejectedColumns =
  'id, integration, device, client_id, topic, payload, qos, received, decided, code, reason'

// The kind is part of the text: the driver's work for a row grows with its parameters.
const insert = columns.map(
  (column, kind) =>
    `INSERT INTO readings (device, key, bucket, ts, kind, ${column}) VALUES (?, ?, ?, ?, ${kind}, ?)`,
)
const bucketsOf =
  'SELECT bucket, width, sealed, marked FROM buckets WHERE device = ? AND key = ? AND bucket < ?'
const blocksOf =
  'SELECT bucket, rows FROM blocks WHERE device = ? AND key = ? AND span = ? AND bucket >= ? AND bucket <= ?'

export const statements: Statements = {
  insert,
  insertIfAbsent: insert.map((text) => `${text} IF NOT EXISTS`),
  insertBucket: 'INSERT INTO buckets (device, key, bucket, width) VALUES (?, ?, ?, ?)',
  // The greatest mark stays, and the newest block, whoever writes first: their times are their write timestamps.
  markBucket:
    'INSERT INTO buckets (device, key, bucket, width, marked) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?',
  sealBucket: 'INSERT INTO buckets (device, key, bucket, width, sealed) VALUES (?, ?, ?, ?, ?)',
  putBlock: 'INSERT INTO blocks (device, key, span, bucket, rows) VALUES (?, ?, ?, ?, ?) USING TTL ?',
  insertSeries: 'INSERT INTO series (device, part, key) VALUES (?, 0, ?)',
  addWidth: 'UPDATE series SET widths[?] = ? WHERE device = ? AND part = 0 AND key = ?',
  insertDevice: 'INSERT INTO devices (shard, id, created, seen) VALUES (?, ?, ?, ?)',
  insertRejected: `INSERT INTO rejected (bucket, ${rejectedColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  insertRejectedBucket: 'INSERT INTO rejected_buckets (part, bucket) VALUES (0, ?)',
  deleteRejected: 'DELETE FROM rejected WHERE bucket = ? AND id = ?',
  putRegistry: "INSERT INTO registry (space, key, value) VALUES ('registry', ?, ?)",
  touchRegistry: `INSERT INTO registry (space, key, value) VALUES ('changes', ?, ?) USING TTL ${changeSeconds}`,
  deleteRegistry: "DELETE FROM registry WHERE space = 'registry' AND key = ?",
  rowsAt: `SELECT ts, ${valueColumns} FROM readings ${inPartition} AND ts IN ?`,
  newestRow: `SELECT ts, ${valueColumns} FROM readings ${inPartition} LIMIT 1`,
  doubles: {
    asc: `SELECT ts, kind, num FROM readings ${inRange} ORDER BY ts ASC`,
    desc: `SELECT ts, kind, num FROM readings ${inRange} ORDER BY ts DESC`,
  },
  anything: {
    asc: `SELECT ts, ${valueColumns} FROM readings ${inRange} ORDER BY ts ASC`,
    desc: `SELECT ts, ${valueColumns} FROM readings ${inRange} ORDER BY ts DESC`,
  },
  buckets: { asc: `${bucketsOf} ORDER BY bucket ASC`, desc: `${bucketsOf} ORDER BY bucket DESC` },
  rowsToSeal: `SELECT ts, ${valueColumns}, TTL(kind) AS ttl FROM readings ${inPartition} ORDER BY ts ASC`,
  blocks: { asc: `${blocksOf} ORDER BY bucket ASC`, desc: `${blocksOf} ORDER BY bucket DESC` },
  newestBuckets: 'SELECT bucket FROM buckets WHERE device = ? AND key = ?',
  seriesOf: 'SELECT key, widths FROM series WHERE device = ? AND part = 0',
  device: 'SELECT created, seen FROM devices WHERE shard = ? AND id = ?',
  devices: 'SELECT id, created, seen FROM devices WHERE shard = ? AND id > ?',
  countRows: `SELECT count(*) AS count FROM readings ${inRange}`,
  deleteRows: `DELETE FROM readings ${inRange}`,
  rejectedBuckets: 'SELECT bucket FROM rejected_buckets WHERE part = 0 AND bucket <= ?',
  rejectedOf: `SELECT ${rejectedColumns} FROM rejected WHERE bucket = ? AND id < ?`,
  rejectedById: `SELECT ${rejectedColumns} FROM rejected WHERE bucket = ? AND id = ?`,
  registryScan: "SELECT key, value FROM registry WHERE space = 'registry' AND key >= ? AND key < ?",
  registryGet: "SELECT value FROM registry WHERE space = 'registry' AND key = ?",
  registryChanges: "SELECT key, value FROM registry WHERE space = 'changes'",
  leaseOf: 'SELECT DISTINCT name, hub, free, term, beat FROM leases WHERE name = ?',
  firstLease:
    'INSERT INTO leases (name, hub, free, term, beat) VALUES (?, ?, ?, ?, ?) IF NOT EXISTS ' +
    `USING TTL ${leaseSeconds}`,
  nextLease:
    `UPDATE leases USING TTL ${leaseSeconds} SET hub = ?, free = ?, term = ?, beat = ? WHERE name = ? ` +
    'IF hub = ? AND free = ? AND term = ? AND beat = ?',
  putLeased:
    `UPDATE leases USING TTL ${leaseSeconds} SET entry = ? WHERE name = ? AND part = ? AND slot = ? ` +
    'IF hub = ? AND free = false AND term = ?',
  leasedOf: 'SELECT entry FROM leases WHERE name = ? AND part = ?',
}
