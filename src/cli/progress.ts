// How far a long command is: a bar on a terminal, a JSON line a second with --json, else nothing.
import type { Terminal } from './terminal.ts'

export interface ProgressFigures {
  /** What is counted: rows, readings. */
  unit: string
  count: number
  bad: number
  /** Bytes read, and of how many; undefined where that is not known. */
  bytes: number | undefined
  bytesTotal: number | undefined
  /** How much of all is done, 0 to 1, where bytes don't tell it. */
  share?: number
  /** What is done at the moment, where one thing comes after the other. */
  phase?: string
}

const barWidth = 24
const barEveryMs = 100
const lineEveryMs = 1000

export class Progress {
  readonly #terminal: Terminal
  readonly #read: () => ProgressFigures
  readonly #form: 'bar' | 'json' | 'none'
  readonly #startMs = performance.now()
  readonly #timer: NodeJS.Timeout | undefined

  /** @param read gives the figures of now. */
  constructor(terminal: Terminal, isJson: boolean, read: () => ProgressFigures) {
    this.#terminal = terminal
    this.#read = read
    this.#form = isJson ? 'json' : terminal.stderr.isTTY === true ? 'bar' : 'none'
    if (this.#form === 'none') return
    const everyMs = this.#form === 'bar' ? barEveryMs : lineEveryMs
    this.#timer = setInterval(() => this.#show(), everyMs)
  }

  /** The last figures, and the bar is done. */
  end(): void {
    clearInterval(this.#timer)
    if (this.#form === 'none') return
    this.#show()
    if (this.#form === 'bar') this.#terminal.stderr.write('\n')
  }

  #show(): void {
    const figures = this.#read()
    const text = this.#form === 'json' ? `${JSON.stringify({ progress: figures })}\n` : this.#bar(figures)
    this.#terminal.stderr.write(text)
  }

  #bar({ unit, count, bad, bytes, bytesTotal, share: given, phase }: ProgressFigures): string {
    const seconds = (performance.now() - this.#startMs) / 1000
    const rate = Math.round(count / Math.max(seconds, 0.001))
    const badText = bad === 0 ? '' : `, ${bad} bad`
    const doing = phase === undefined ? '' : `${phase}: `
    const text = `${doing}${count.toLocaleString('en')} ${unit}${badText}, ${rate.toLocaleString('en')}/s`
    const isSized = bytes !== undefined && bytesTotal !== undefined && bytesTotal > 0
    const share = given ?? (isSized ? Math.min(1, bytes / bytesTotal) : undefined)
    if (share === undefined) return `\r${text}\u001b[K`
    const filled = Math.round(share * barWidth)
    const bar = '#'.repeat(filled) + '-'.repeat(barWidth - filled)
    return `\r[${bar}] ${String(Math.floor(share * 100)).padStart(3)} %  ${text}\u001b[K`
  }
}
