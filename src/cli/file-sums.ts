// Count and checksum of a file that `ackstone export` has written, in a small file beside it: `ackstone import` looks
// whether it is still the same.
import { createReadStream } from 'node:fs'
import { crc32 } from 'node:zlib'
import { z } from 'zod'
import { CommandFailure, exitCode } from './exit-code.ts'
import { MarkFile } from './mark-file.ts'

const shape = z.object({ bytes: z.number(), crc32: z.number(), readings: z.number(), devices: z.number() })

export type FileSums = z.output<typeof shape>

export function sumsFile(path: string): MarkFile<FileSums> {
  return new MarkFile(`${path}.sums`, shape)
}

/** Reads a file from its beginning. */
export async function sumsOf(path: string): Promise<{ bytes: number; crc32: number }> {
  let bytes = 0
  let sum = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    sum = crc32(chunk as Buffer, sum)
    bytes += (chunk as Buffer).length
  }
  return { bytes, crc32: sum }
}

/** Whether a file is what its export wrote; true too where it came from elsewhere.
 *  @throws CommandFailure when it is not. */
export async function checkFile(path: string): Promise<void> {
  const file = sumsFile(path)
  const expected = file.read()
  if (expected === undefined) return
  const found = await sumsOf(path)
  if (found.bytes === expected.bytes && found.crc32 === expected.crc32) return
  throw new CommandFailure(
    exitCode.failure,
    `${path} is not what the export wrote: it has ${found.bytes} bytes and the checksum ${found.crc32}, ` +
      `and ${file.path} says ${expected.bytes} bytes and ${expected.crc32}.`,
    `Export or copy it again; if it was changed on purpose, delete ${file.path}.`,
  )
}
