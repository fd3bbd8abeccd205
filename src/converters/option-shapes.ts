// Options that several kinds of converters share, as schemas: each fault is named the same way everywhere.
import * as z from 'zod'
import { deviceBytesMax, keyBytesMax } from '../model/reading.ts'
import { encodings } from './framing/framed-converter.ts'
import { refusedKeys } from './json-reader.ts'
import { tsUnits } from './reading-time.ts'
import { isTimeZone } from './time-zone.ts'

/** Unit of bare numbers that are times. */
export const tsUnit = z.enum(tsUnits, { error: `The unit of bare times is one of ${tsUnits.join(', ')}.` })

/** A telemetry key, or the name of a member. */
export const memberName = z
  .string({ error: 'A name is text.' })
  .refine((name) => name.length > 0 && Buffer.byteLength(name) <= keyBytesMax, {
    error: `A name has 1 to ${keyBytesMax} bytes.`,
  })
  .refine((name) => !refusedKeys.has(name) && !name.includes('\0'), { error: 'That name is not allowed.' })

export const deviceName = z
  .string({ error: 'A device is named by text.' })
  .refine((name) => name.length > 0 && Buffer.byteLength(name) <= deviceBytesMax && !name.includes('\0'), {
    error: `A device identifier has 1 to ${deviceBytesMax} bytes, without U+0000.`,
  })

export function flag(description: string) {
  return z.boolean({ error: 'This is true or false.' }).describe(description)
}

/** An IANA time zone; a text that is no zone is a fault of its own member. */
export const timeZone = z
  .string({ error: 'A time zone is a text such as Europe/Berlin.' })
  .refine((name) => name.length <= 64 && isTimeZone(name), {
    error: 'There is no time zone of that name; names look like Europe/Berlin, America/New_York or UTC.',
  })

/** Levels of topics before the part that a convention defines, without a slash at either end. */
export const topicPrefix = z
  .string({ error: 'This part of a topic is text.' })
  .regex(/^[^+#\0/]+(?:\/[^+#\0/]+)*$/, {
    error: 'This part of a topic is one or more levels without wildcards, and without a slash at its ends.',
  })
  .max(256, { error: 'This part of a topic has 256 characters at most.' })

/** What the payload is written in. */
export const encoding = z
  .enum(encodings, { error: `The encoding is one of ${encodings.join(', ')}.` })
  .default('auto')
  .describe('What payloads are written in; auto goes by the content type, JSON where there is none.')
