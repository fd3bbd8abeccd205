// Devices that sent something, connected or left, for whoever watches a list of them.
import type { SeriesRun } from '../storage/store.ts'

/** Devices that wait for one event. */
const devicesPerEventMax = 500

export class SeenDevices {
  readonly #waiting = new Set<string>()
  #skipped = 0

  add(device: string): void {
    if (this.#waiting.has(device)) return
    if (this.#waiting.size < devicesPerEventMax) this.#waiting.add(device)
    else this.#skipped++
  }

  stored(runs: readonly SeriesRun[]): void {
    let last = ''
    for (const { device } of runs) {
      if (device !== last) this.add(device)
      last = device
    }
  }

  take(): { devices: string[]; skipped: number } {
    const taken = { devices: [...this.#waiting], skipped: this.#skipped }
    this.#waiting.clear()
    this.#skipped = 0
    return taken
  }
}
