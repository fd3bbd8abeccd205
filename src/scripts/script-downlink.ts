// From what encodeDownlink returned to the payload of a command, TS013: `bytes`, and where it matters `fPort`. A topic
// of its own and a payload that is text are ours.
import { quoted, reject } from '../converters/rejections.ts'
import type { ScriptDownlink } from './protocol.ts'

/** Bytes of a command's payload that a script makes. */
const downlinkBytesMax = 64 * 1024

/** @throws ConversionError */
export function downlinkOf(result: unknown): ScriptDownlink {
  if (typeof result !== 'object' || result === null) return refuse('an object with bytes or payload', result)
  const { bytes, payload, fPort, topic, errors } = result as Record<string, unknown>
  if (Array.isArray(errors) && errors.length > 0) {
    reject('script_errors', { errors: errors.map(String).join('; ').slice(0, 400) })
  }
  return {
    bytes: payload === undefined ? fromNumbers(bytes) : fromText(payload),
    fPort: typeof fPort === 'number' ? fPort : null,
    topic: typeof topic === 'string' ? topic : null,
  }
}

function fromNumbers(bytes: unknown): Uint8Array {
  if (!Array.isArray(bytes) || bytes.length > downlinkBytesMax)
    return refuse('bytes that are a list of numbers', bytes)
  for (const each of bytes) {
    // A byte with a sign is the same eight bits.
    if (!Number.isInteger(each) || each < -128 || each > 255) refuse('bytes from -128 to 255', each)
  }
  return Uint8Array.from(bytes as number[])
}

function fromText(payload: unknown): Uint8Array {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
  if (text === undefined || Buffer.byteLength(text) > downlinkBytesMax)
    return refuse('a payload that is text', payload)
  return Buffer.from(text)
}

function refuse(expected: string, found: unknown): never {
  return reject('script_result', {
    expected,
    found: quoted(JSON.stringify(found)?.slice(0, 100) ?? 'undefined'),
  })
}
