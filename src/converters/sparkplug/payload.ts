// Reads Sparkplug B's protobuf payloads into plain objects. Only the fields that matter to us; the others are
// passed over. Numbers are kept as they travel: what they mean depends on the datatype, which a birth may hold.
import { isUtf8 } from 'node:buffer'
import protobuf from 'protobufjs/minimal.js'
import { jsonDepthMax, payloadBytesMax } from '../json-reader.ts'
import { reject } from '../rejections.ts'

const { Reader } = protobuf
type Reader = protobuf.Reader

export type Raw = number | bigint | boolean | string | Uint8Array | DataSet | Template | undefined

export interface Payload {
  /** Milliseconds since the epoch; undefined where there is none. */
  timestamp: number | bigint | undefined
  metrics: Metric[]
  seq: number | undefined
  uuid: string
  /** What a payload of another kind carries. */
  body: Uint8Array | undefined
}

export interface Metric {
  /** Empty where the metric is known by its alias. */
  name: string
  alias: number | bigint | undefined
  timestamp: number | bigint | undefined
  /** 0 where the birth has it. */
  datatype: number
  isTransient: boolean
  isNull: boolean
  value: Raw
}

export interface DataSet {
  kind: 'dataset'
  columns: string[]
  types: number[]
  rows: Raw[][]
}

export interface Template {
  kind: 'template'
  version: string
  reference: string
  isDefinition: boolean
  metrics: Metric[]
  parameters: { name: string; type: number; value: Raw }[]
}

/** Metrics of one payload: a birth names them all. */
export const metricsMax = 100_000

/** Wire types: a whole number, 8 bytes, a length and bytes, 4 bytes. */
const varint = 0
const bytes8 = 1
const delimited = 2
const bytes4 = 5

/** @throws ConversionError that names the byte. */
export function readPayload(source: Buffer, start: number, end: number): Payload {
  const bytes = end - start
  if (bytes > payloadBytesMax) reject('payload_length', { bytes, most: payloadBytesMax })
  return new PayloadReader(source.subarray(start, end)).payload()
}

class PayloadReader {
  readonly #reader: Reader
  /** Where the message being read ends. */
  #end: number
  /** Of the field being read. */
  #wireType = delimited

  constructor(bytes: Uint8Array) {
    this.#reader = Reader.create(bytes)
    this.#end = bytes.length
  }

  payload(): Payload {
    const payload: Payload = { timestamp: undefined, metrics: [], seq: undefined, uuid: '', body: undefined }
    this.#fields({
      1: () => (payload.timestamp = this.#long()),
      2: () => {
        if (payload.metrics.length === metricsMax) reject('too_many_metrics', { most: metricsMax })
        payload.metrics.push(this.#metric(1))
      },
      3: () => (payload.seq = Number(this.#long())),
      4: () => (payload.uuid = this.#text()),
      5: () => (payload.body = this.#bytes()),
    })
    return payload
  }

  #metric(depth: number): Metric {
    const metric: Metric = {
      ...{ name: '', alias: undefined, timestamp: undefined, datatype: 0 },
      ...{ isTransient: false, isNull: false, value: undefined },
    }
    this.#message(depth, {
      1: () => (metric.name = this.#text()),
      2: () => (metric.alias = this.#long()),
      3: () => (metric.timestamp = this.#long()),
      4: () => (metric.datatype = Number(this.#long())),
      6: () => (metric.isTransient = this.#long() !== 0),
      7: () => (metric.isNull = this.#long() !== 0),
      10: () => (metric.value = this.#long()),
      11: () => (metric.value = this.#long()),
      12: () => (metric.value = this.#float()),
      13: () => (metric.value = this.#double()),
      14: () => (metric.value = this.#long() !== 0),
      15: () => (metric.value = this.#text()),
      16: () => (metric.value = this.#bytes()),
      17: () => (metric.value = this.#dataSet(depth + 1)),
      18: () => (metric.value = this.#template(depth + 1)),
    })
    return metric
  }

  #dataSet(depth: number): DataSet {
    const set: DataSet = { kind: 'dataset', columns: [], types: [], rows: [] }
    this.#message(depth, {
      2: () => set.columns.push(this.#text()),
      3: () => this.#numbers(set.types),
      4: () => set.rows.push(this.#row(depth + 1)),
    })
    return set
  }

  #row(depth: number): Raw[] {
    const row: Raw[] = []
    this.#message(depth, { 1: () => row.push(this.#value(depth + 1, 0)) })
    return row
  }

  #template(depth: number): Template {
    const template: Template = {
      ...{ kind: 'template', version: '', reference: '', isDefinition: false },
      ...{ metrics: [], parameters: [] },
    }
    this.#message(depth, {
      1: () => (template.version = this.#text()),
      2: () => template.metrics.push(this.#metric(depth + 1)),
      3: () => template.parameters.push(this.#parameter(depth + 1)),
      4: () => (template.reference = this.#text()),
      5: () => (template.isDefinition = this.#long() !== 0),
    })
    return template
  }

  #parameter(depth: number): Template['parameters'][number] {
    const parameter: Template['parameters'][number] = { name: '', type: 0, value: undefined }
    this.#message(depth, {
      1: () => (parameter.name = this.#text()),
      2: () => (parameter.type = Number(this.#long())),
      ...this.#oneOf(2, (value) => (parameter.value = value)),
    })
    return parameter
  }

  #value(depth: number, before: number): Raw {
    let value: Raw
    this.#message(
      depth,
      this.#oneOf(before, (read) => (value = read)),
    )
    return value
  }

  /** The same six kinds of values, numbered from `before` + 1. */
  #oneOf(before: number, take: (value: Raw) => void): Readers {
    return {
      [before + 1]: () => take(this.#long()),
      [before + 2]: () => take(this.#long()),
      [before + 3]: () => take(this.#float()),
      [before + 4]: () => take(this.#double()),
      [before + 5]: () => take(this.#long() !== 0),
      [before + 6]: () => take(this.#text()),
    }
  }

  /** A message inside: its length, then its fields. */
  #message(depth: number, readers: Readers): void {
    if (depth > jsonDepthMax) reject('json_depth', { most: jsonDepthMax, at: this.#reader.pos })
    this.#wire(delimited)
    const length = this.#try(() => this.#reader.uint32())
    const outerEnd = this.#end
    this.#end = this.#reader.pos + length
    if (this.#end > outerEnd) this.#fail('a message longer than what contains it')
    this.#fields(readers)
    this.#end = outerEnd
  }

  /** Fields in any order up to the end of the message; those without a reader are passed over. */
  #fields(readers: Readers): void {
    const end = this.#end
    while (this.#reader.pos < end) {
      const tag = this.#try(() => this.#reader.uint32())
      this.#wireType = tag & 7
      const reader = readers[tag >>> 3]
      if (reader !== undefined) reader()
      else this.#try(() => this.#reader.skipType(this.#wireType, 0, tag >>> 3))
      if (this.#reader.pos > end) this.#fail('a field longer than its message')
    }
  }

  #long(): number | bigint {
    this.#wire(varint)
    const { high, low } = this.#try(() => this.#reader.uint64()) as unknown as { high: number; low: number }
    const upper = high >>> 0
    const lower = low >>> 0
    return upper < 2 ** 21 ? upper * 2 ** 32 + lower : (BigInt(upper) << 32n) | BigInt(lower)
  }

  #float(): number {
    this.#wire(bytes4)
    return this.#try(() => this.#reader.float())
  }

  #double(): number {
    this.#wire(bytes8)
    return this.#try(() => this.#reader.double())
  }

  #bytes(): Uint8Array {
    this.#wire(delimited)
    return this.#try(() => this.#reader.bytes())
  }

  #text(): string {
    const bytes = this.#bytes()
    if (!isUtf8(bytes)) this.#fail('a text that is not UTF-8, which ends')
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  }

  /** One number, or many in a row. */
  #numbers(into: number[]): void {
    if (this.#wireType !== delimited) {
      into.push(Number(this.#long()))
      return
    }
    const end = this.#try(() => this.#reader.uint32()) + this.#reader.pos
    if (end > this.#end) this.#fail('numbers beyond the end of their message')
    while (this.#reader.pos < end) into.push(this.#try(() => this.#reader.uint32()))
  }

  #wire(expected: number): void {
    if (this.#wireType !== expected)
      this.#fail(`a field of wire type ${this.#wireType} instead of ${expected}`)
  }

  /** protobufjs throws plain errors, which don't always say where. */
  #try<T>(read: () => T): T {
    const at = this.#reader.pos
    try {
      return read()
    } catch (error) {
      const what =
        error instanceof RangeError
          ? 'the end within the field that begins'
          : 'a field of an unknown wire type'
      reject('binary_syntax', { format: 'Sparkplug B', what, at })
    }
  }

  #fail(what: string): never {
    reject('binary_syntax', { format: 'Sparkplug B', what, at: this.#reader.pos })
  }
}

type Readers = Record<number, () => unknown>
