// Options that several kinds of converters share, as schemas: each fault is named the same way everywhere.
import * as z from 'zod'
import { deviceBytesMax, keyBytesMax } from '../model/reading.ts'
import { refusedKeys } from './json-reader.ts'
import { tsUnits } from './reading-time.ts'

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
