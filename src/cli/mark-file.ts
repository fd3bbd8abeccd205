// How far a long command has come, in a small file beside the one that it reads or writes, so that the same
// command goes on after a kill.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { z } from 'zod'

export class MarkFile<T> {
  readonly path: string
  readonly #shape: z.ZodType<T>

  constructor(path: string, shape: z.ZodType<T>) {
    this.path = path
    this.#shape = shape
  }

  /** Undefined where there is none, or none that can be read. */
  read(): T | undefined {
    try {
      return this.#shape.parse(JSON.parse(readFileSync(this.path, 'utf8')))
    } catch {
      return undefined
    }
  }

  /** It is there whole or not at all. @throws what the file system says. */
  write(mark: T): void {
    const next = `${this.path}.next`
    writeFileSync(next, JSON.stringify(mark))
    renameSync(next, this.path)
  }

  delete(): void {
    rmSync(this.path, { force: true })
  }
}
