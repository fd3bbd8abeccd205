// SenML (RFC 8428): an array of records, each with what changed and what it inherits from base fields before it.
//
//   [{"bn":"urn:dev:ow:10e2:","bt":1.276e9,"bu":"A","n":"current","v":1.2}, {"n":"current","t":-5,"v":1.3}]
import type { Message } from '../../model/message.ts'
import type { Value } from '../../model/reading.ts'
import type { Converter, TopicCaptures } from '../converter.ts'
import { describe } from '../json-fields.ts'
import { JsonArray, JsonObject, JsonReader, type JsonNode } from '../json-reader.ts'
import { tsFromNumber } from '../reading-time.ts'
import type { Readings } from '../readings.ts'
import { quoted, reject } from '../rejections.ts'
import { decimalSum } from './decimal-sum.ts'

/** The version of RFC 8428; records of a later one may mean something else. */
const versionMax = 10
/** Section 4.5.3: sums below 2^28 seconds are relative to the moment of the message. */
const relativeBelow = 2 ** 28

type FieldType = 'text' | 'number' | 'boolean'

const fieldTypes: ReadonlyMap<string, FieldType> = new Map<string, FieldType>([
  ['bn', 'text'],
  ['bt', 'number'],
  ['bu', 'text'],
  ['bv', 'number'],
  ['bs', 'number'],
  ['bver', 'number'],
  ['n', 'text'],
  ['u', 'text'],
  ['v', 'number'],
  ['vs', 'text'],
  ['vb', 'boolean'],
  ['vd', 'text'],
  ['s', 'number'],
  ['t', 'number'],
  ['ut', 'number'],
])
const valueFields = ['v', 'vs', 'vb', 'vd']
const baseFields = ['bn', 'bt', 'bu', 'bv', 'bs', 'bver']

type Scalar = string | number | bigint | boolean
type Fields = Map<string, Scalar>

export class SenmlConverter implements Converter {
  decode(message: Message, captures: TopicCaptures, out: Readings): void {
    const reader = new JsonReader(message.source, message.payloadStart, message.payloadEnd)
    const root = reader.read()
    if (!(root instanceof JsonArray)) reject('json_shape', { expected: 'an array', found: describe(root) })
    const pack = new Pack(captures.device ?? message.device, out)
    let number = 0
    for (const node of reader.elements(root)) pack.record(node, number++)
  }
}

/** Section 4.1: base fields hold from their record on, until another one replaces them. */
class Pack {
  readonly #device: string
  readonly #out: Readings
  readonly #base: Fields = new Map()

  constructor(device: string, out: Readings) {
    this.#device = device
    this.#out = out
  }

  record(node: JsonNode, number: number): void {
    const own = fieldsOf(node, number)
    for (const name of baseFields) {
      const base = own.get(name)
      if (base !== undefined) this.#base.set(name, base)
    }
    const version = this.#base.get('bver')
    if (version !== undefined && Number(version) > versionMax) {
      reject('senml_version', { found: String(version), most: versionMax })
    }
    const value = this.#value(own, number)
    const sum = this.#added(own, 's', 'bs', number)
    if (value === undefined && sum === undefined) {
      // A record of base fields alone is there for those that follow.
      if ([...own.keys()].every((name) => baseFields.includes(name))) return
      reject('path_shape', {
        path: `[${number}]`,
        expected: 'one of v, vs, vb, vd and s',
        found: 'none of them',
      })
    }
    const { device, key } = this.#nameOf(own)
    if (value !== undefined) this.#add(device, key, own, number, value)
    if (sum !== undefined) this.#add(device, `${key}.sum`, own, number, sum)
  }

  #value(own: Fields, number: number): Value | undefined {
    const given = valueFields.filter((name) => own.has(name))
    if (given.length > 1) {
      const found = given.join(' and ')
      reject('path_shape', { path: `[${number}]`, expected: 'one value', found })
    }
    const [name] = given
    if (name === undefined || name === 'v') return this.#added(own, 'v', 'bv', number)
    return own.get(name)
  }

  /** A number with its base, where there is a number. A base alone is no measurement. */
  #added(own: Fields, name: string, baseName: string, number: number): number | bigint | undefined {
    const value = own.get(name)
    if (value === undefined) return undefined
    const sum = decimalSum(value as number | bigint, (this.#base.get(baseName) ?? 0) as number | bigint)
    if (sum === undefined) reject('number_range', { number: `at [${number}].${name} with its base` })
    return sum
  }

  /** The base name is the device, and what follows it the key. A name alone is a device with one value, whose
   *  unit then tells its series apart. */
  #nameOf(own: Fields): { device: string; key: string } {
    const base = (this.#base.get('bn') ?? '') as string
    const name = (own.get('n') ?? '') as string
    const unit = (own.get('u') ?? this.#base.get('bu') ?? '') as string
    const device = base.replace(/[:/]+$/, '') || this.#device
    if (device === '') return { device: name, key: unit === '' ? 'value' : unit }
    return { device, key: name || unit || 'value' }
  }

  #add(device: string, key: string, own: Fields, number: number, value: Value): void {
    const sum = decimalSum(
      (this.#base.get('bt') ?? 0) as number | bigint,
      (own.get('t') ?? 0) as number | bigint,
    )
    if (sum === undefined) reject('ts_range', { found: `at [${number}].t with its base` })
    const us = tsFromNumber(sum, 's')
    if (sum < relativeBelow) this.#out.addRelative(device, key, us, value)
    else this.#out.add(device, key, us, value)
  }
}

/** Section 4.4: unknown fields are left out, unless their name ends in "_", which says that they must be known. */
function fieldsOf(node: JsonNode, number: number): Fields {
  if (!(node instanceof JsonObject)) {
    reject('path_shape', { path: `[${number}]`, expected: 'an object', found: describe(node) })
  }
  const fields: Fields = new Map()
  for (const [name, member] of node.members) {
    const type = fieldTypes.get(name)
    if (type === undefined) {
      if (name.endsWith('_')) reject('senml_field', { name: quoted(name), number })
      continue
    }
    const found = typeof member === 'bigint' ? 'number' : typeof member === 'string' ? 'text' : typeof member
    if (found !== type) {
      reject('path_shape', { path: `[${number}].${name}`, expected: `a ${type}`, found: describe(member) })
    }
    fields.set(name, member as Scalar)
  }
  return fields
}
