// How far an import of a file into a hub has come, in a file beside it.
import { statSync } from 'node:fs'
import { z } from 'zod'
import { MarkFile } from './mark-file.ts'
import type { RowOptions } from './rows.ts'
import { note, type Terminal } from './terminal.ts'

const everyMs = 1_000

const shape = z.object({
  /** Which file, as it was, into which hub, read how. */
  task: z.string(),
  /** All rows up to this line are stored. */
  line: z.number(),
})

export class ImportMark {
  readonly #terminal: Terminal
  readonly #task: string
  readonly #file: MarkFile<z.output<typeof shape>>
  #writtenMs = performance.now()
  #isWritable = true
  /** Rows up to this line were stored by an earlier run; 0 without one. */
  readonly line: number

  constructor(terminal: Terminal, path: string, url: string, options: RowOptions) {
    const { size, mtimeMs } = statSync(path)
    this.#terminal = terminal
    this.#task = JSON.stringify({ url, size, mtimeMs, ...options })
    this.#file = new MarkFile(`${path}.imported`, shape)
    const found = this.#file.read()
    this.line = found?.task === this.#task ? found.line : 0
    if (this.line > 0)
      note(terminal, `Going on behind line ${this.line}, up to which an earlier run has stored.`)
  }

  /** Notes the line now and then. */
  reached(line: () => number): void {
    if (performance.now() - this.#writtenMs >= everyMs) this.write(line())
  }

  write(line: number): void {
    this.#writtenMs = performance.now()
    if (!this.#isWritable || line <= this.line) return
    try {
      this.#file.write({ task: this.#task, line })
    } catch (error) {
      this.#isWritable = false
      const cause = (error as Error).message
      note(
        this.#terminal,
        `${this.#file.path} can’t be written (${cause}): an interrupted import would begin anew.`,
      )
    }
  }

  /** The import is over. */
  delete(): void {
    this.#file.delete()
  }
}
