// Cayenne Low Power Payload: values of one or several channels, each as channel, type and a few bytes,
// most significant first. Keys are named after type and channel: `temperature_3`, `gps_1.latitude`.
import type { Message } from '../../model/message.ts'
import type { Converter, TopicCaptures } from '../converter.ts'
import { tsFromProperties } from '../reading-time.ts'
import type { Readings } from '../readings.ts'
import { reject } from '../rejections.ts'

interface Part {
  /** Of a type with several parts; empty where there is only one. */
  name: string
  bytes: 1 | 2 | 3 | 4
  isSigned: boolean
  /** What the whole number is divided by. */
  per: number
}

interface LppType {
  name: string
  parts: readonly Part[]
}

function plain(name: string, bytes: Part['bytes'], per = 1, isSigned = false): LppType {
  return { name, parts: [{ name: '', bytes, isSigned, per }] }
}

function signed(name: string, bytes: Part['bytes'], per = 1): LppType {
  return plain(name, bytes, per, true)
}

function several(name: string, names: readonly string[], part: Omit<Part, 'name'>): LppType {
  return { name, parts: names.map((each) => ({ name: each, ...part })) }
}

const axes = ['x', 'y', 'z']

/** Type → what follows: the published table, then the additions that libraries for devices agree on. */
const types: ReadonlyMap<number, LppType> = new Map([
  [0, plain('digital_in', 1)],
  [1, plain('digital_out', 1)],
  [2, signed('analog_in', 2, 100)],
  [3, signed('analog_out', 2, 100)],
  [101, plain('luminosity', 2)],
  [102, plain('presence', 1)],
  [103, signed('temperature', 2, 10)],
  [104, plain('relative_humidity', 1, 2)],
  [113, several('accelerometer', axes, { bytes: 2, isSigned: true, per: 1000 })],
  [115, plain('barometric_pressure', 2, 10)],
  [134, several('gyrometer', axes, { bytes: 2, isSigned: true, per: 100 })],
  [
    136,
    {
      name: 'gps',
      parts: [
        { name: 'latitude', bytes: 3, isSigned: true, per: 10_000 },
        { name: 'longitude', bytes: 3, isSigned: true, per: 10_000 },
        { name: 'altitude', bytes: 3, isSigned: true, per: 100 },
      ],
    },
  ],
  [100, plain('generic', 4)],
  [116, plain('voltage', 2, 100)],
  [117, plain('current', 2, 1000)],
  [118, plain('frequency', 4)],
  [120, plain('percentage', 1)],
  [121, signed('altitude', 2)],
  [125, plain('concentration', 2)],
  [128, plain('power', 2)],
  [130, plain('distance', 4, 1000)],
  [131, plain('energy', 4, 1000)],
  [132, plain('direction', 2)],
  [133, plain('unixtime', 4)],
  [135, several('colour', ['r', 'g', 'b'], { bytes: 1, isSigned: false, per: 1 })],
  // A position with two decimals more.
  [
    137,
    {
      name: 'gps',
      parts: [
        { name: 'latitude', bytes: 4, isSigned: true, per: 1_000_000 },
        { name: 'longitude', bytes: 4, isSigned: true, per: 1_000_000 },
        { name: 'altitude', bytes: 3, isSigned: true, per: 100 },
      ],
    },
  ],
  [138, plain('voc', 2)],
  [142, plain('switch', 1)],
])

const format = 'Cayenne LPP'

/** Calls `put` for each value of a payload, in its order.
 *  @throws ConversionError `binary_syntax` with the byte, counted from the beginning of `bytes`. */
export function readCayenneLpp(bytes: Uint8Array, put: (key: string, value: number) => void): void {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  while (at < view.length) {
    if (at + 1 >= view.length) reject('binary_syntax', { format, what: 'a channel without a type', at })
    const channel = view[at]
    const type = types.get(view[at + 1])
    if (type === undefined) {
      reject('binary_syntax', { format, what: `the unknown type ${view[at + 1]}`, at: at + 1 })
    }
    at += 2
    for (const { name, bytes: length, isSigned, per } of type.parts) {
      if (at + length > view.length) {
        reject('binary_syntax', { format, what: `the end within the ${type.name} that begins`, at: at })
      }
      const whole = isSigned ? view.readIntBE(at, length) : view.readUIntBE(at, length)
      const key = `${type.name}_${channel}`
      put(name === '' ? key : `${key}.${name}`, whole / per + 0)
      at += length
    }
  }
}

/** Raw payloads of one device. */
export class CayenneLppConverter implements Converter {
  decode(message: Message, captures: TopicCaptures, out: Readings): void {
    const { source, payloadStart, payloadEnd } = message
    if (payloadStart === payloadEnd) reject('payload_empty')
    const device = captures.device ?? message.device
    const ts = tsFromProperties(message.properties, 'auto')
    readCayenneLpp(source.subarray(payloadStart, payloadEnd), (key, value) => out.add(device, key, ts, value))
  }
}
