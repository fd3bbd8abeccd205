// The file that an export fills: it has its name only once it is whole, and an export that was interrupted goes on
// where the last page ended that is surely on the disk.
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { z } from 'zod'
import { CommandFailure, exitCode } from './exit-code.ts'
import { sumsFile, sumsOf } from './file-sums.ts'
import { MarkFile } from './mark-file.ts'

/** Where an export goes on. */
export interface Place {
  device: string
  /** The series before this one are written; empty: none of the device. */
  key: string
  /** Where it goes on in that series; undefined: behind it. */
  next: string | undefined
}

const markShape = z.object({
  /** What was asked for; another question is another export. */
  question: z.string(),
  place: z.object({ device: z.string(), key: z.string(), next: z.string().optional() }),
  bytes: z.number(),
  crc32: z.number(),
  devices: z.number(),
  readings: z.number(),
})
type Mark = z.output<typeof markShape>

export class ExportFile {
  readonly #path: string
  readonly #partPath: string
  readonly #question: string
  readonly #mark: MarkFile<Mark>
  readonly #handle: number
  #bytes = 0
  #crc = 0
  readings = 0
  devices = 0
  /** Where an interrupted export of the same question had come to. */
  readonly resumed: Place | undefined

  /** @param question what is exported, as text. @throws CommandFailure when it can't be written. */
  constructor(path: string, question: string) {
    this.#path = path
    this.#partPath = `${path}.part`
    this.#question = question
    this.#mark = new MarkFile(`${this.#partPath}.mark`, markShape)
    const mark = existsSync(this.#partPath) ? this.#mark.read() : undefined
    const isSame = mark?.question === question
    this.#handle = this.#trying(() => openSync(this.#partPath, isSame ? 'r+' : 'w'))
    if (!isSame) return
    this.#trying(() => ftruncateSync(this.#handle, mark.bytes))
    this.#bytes = mark.bytes
    this.#crc = mark.crc32
    this.readings = mark.readings
    this.devices = mark.devices
    this.resumed = { ...mark.place, next: mark.place.next }
  }

  /** Adds text, and where the export would go on behind it. */
  write(text: string, place: Place | undefined): void {
    const bytes = Buffer.from(text)
    this.#trying(() => {
      writeSync(this.#handle, bytes, 0, bytes.length, this.#bytes)
      this.#bytes += bytes.length
      this.#crc = crc32(bytes, this.#crc)
      if (place === undefined) return
      // First the readings, then the word that they are there.
      fsyncSync(this.#handle)
      const { readings, devices } = this
      this.#mark.write({
        question: this.#question,
        place,
        bytes: this.#bytes,
        crc32: this.#crc,
        devices,
        readings,
      })
    })
  }

  /** Reads the file once more, notes its sums beside it, and gives it its name.
   *  @throws CommandFailure when it is not what was written. */
  async finish(): Promise<void> {
    this.#trying(() => {
      fsyncSync(this.#handle)
      closeSync(this.#handle)
    })
    const found = await sumsOf(this.#partPath)
    if (found.bytes !== this.#bytes || found.crc32 !== this.#crc) {
      this.#mark.delete()
      throw new CommandFailure(
        exitCode.partlyDone,
        `The file ${this.#partPath} does not read back as it was written.`,
        'Look for a faulty disk, or another program that writes there. The same command begins anew.',
      )
    }
    const { readings, devices } = this
    this.#trying(() => {
      sumsFile(this.#path).write({ ...found, readings, devices })
      renameSync(this.#partPath, this.#path)
      this.#mark.delete()
    })
  }

  #trying<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      throw new CommandFailure(
        exitCode.failure,
        `The file ${this.#partPath} can’t be written: ${(error as Error).message}.`,
        'Check the folder, its permissions and the space on its disk.',
        error,
      )
    }
  }
}
