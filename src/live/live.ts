// Stored readings for whoever watches (I8): charts, the event stream. Fed after the commit, never before.
import type { SeriesRun } from '../storage/store.ts'

export interface WatchFilter {
  /** Undefined: readings of every device. */
  devices: ReadonlySet<string> | undefined
}

export type OnReadings = (runs: readonly SeriesRun[]) => void

interface Watcher {
  filter: WatchFilter
  onReadings: OnReadings
}

export class Live {
  readonly #watchers = new Set<Watcher>()

  /** Calls `onReadings` with what each commit stored, until the returned function is called. */
  watch(filter: WatchFilter, onReadings: OnReadings): () => void {
    const watcher = { filter, onReadings }
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** The runs of a finished commit. */
  stored(runs: readonly SeriesRun[]): void {
    for (const { filter, onReadings } of this.#watchers) {
      const { devices } = filter
      const wanted = devices === undefined ? runs : runs.filter((run) => devices.has(run.device))
      if (wanted.length > 0) onReadings(wanted)
    }
  }
}
