// What the hub and its script workers say to each other. Only data passes: a worker has no handle of the hub's.
import type { Value } from '../model/reading.ts'

/** What a script is told of one message. */
export interface UplinkInput {
  bytes: Uint8Array
  fPort: number
  /** Milliseconds of the message's time (I3): what Date.now() gives. */
  now: number
  topic: string
  device: string | null
  key: string | null
  contentType: string | null
  userProperties: Record<string, string>
  qos: number
  retain: boolean
  /** Whether normalizeUplink is used where the script has it. */
  normalize: boolean
}

/** What a script is told of one command. */
export interface DownlinkInput {
  now: number
  device: string
  command: string
  /** JSON. */
  data: unknown
}

/** `load` only says which functions the script has. */
export type Job =
  | { call: 'decodeUplink'; input: UplinkInput }
  | { call: 'encodeDownlink'; input: DownlinkInput }
  | { call: 'load' }

/** Several jobs of one script. */
export interface Batch {
  /** Names the source: the same for the same text. */
  hash: string
  source: string
  jobs: Job[]
}

/** Readings in columns. A device of null is the message's own. JSON values are in `json`. */
export interface ScriptReadings {
  devices: (string | null)[]
  keys: string[]
  /** Integer microseconds; NaN for none. */
  ts: number[]
  values: Exclude<Value, object>[]
  /** Places of values that are JSON text. */
  json: number[]
}

/** What encodeDownlink gave. */
export interface ScriptDownlink {
  bytes: Uint8Array
  fPort: number | null
  topic: string | null
}

export interface Failure {
  code: string
  reason: string
  line: number | null
  column: number | null
}

export interface Result {
  readings?: ScriptReadings
  downlink?: ScriptDownlink
  functions?: string[]
  failure?: Failure
  warnings: string[]
  console: string[]
  /** Processor time of the call, milliseconds. */
  cpuMs: number
}

/** The first results of a batch; the jobs that have none were not begun. */
export interface BatchDone {
  results: Result[]
}
