// Compressed Sparkplug payloads, as Eclipse Tahu's libraries make them: the payload itself is the body of another
// one, packed with GZIP or DEFLATE, whose UUID says so.
import { unzipSync } from 'node:zlib'
import { payloadBytesMax } from '../json-reader.ts'
import { reject } from '../rejections.ts'
import { readPayload, type Payload } from './payload.ts'

const compressed = 'SPBV1.0_COMPRESSED'

/** The payload inside, where there is one. The sequence number may stand outside.
 *  @throws ConversionError for what is no GZIP and no DEFLATE, or unpacks to more than a payload may have. */
export function unpacked(payload: Payload): Payload {
  if (payload.uuid !== compressed) return payload
  const { body, seq } = payload
  if (body === undefined) {
    reject('path_shape', { path: 'body', expected: 'a compressed payload', found: 'nothing' })
  }
  const bytes = unzipped(body)
  const inner = readPayload(bytes, 0, bytes.length)
  return { ...inner, seq: inner.seq ?? seq }
}

function unzipped(body: Uint8Array): Buffer {
  try {
    return unzipSync(body, { maxOutputLength: payloadBytesMax })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      const expected = `${payloadBytesMax} bytes at most once it is unpacked`
      reject('path_shape', { path: 'body', expected, found: 'more' })
    }
    if (code?.startsWith('Z_') !== true) throw error
    const found = `${body.length} bytes that are neither`
    reject('path_shape', { path: 'body', expected: 'GZIP or DEFLATE', found })
  }
}
