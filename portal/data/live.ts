// Hooks on the event stream: events of a topic while a component is shown, and how the connection is.
import { useEffect, useRef, useSyncExternalStore } from 'react'
import { liveStream, type StreamState } from './stream.ts'

/** Columns of one series, times in milliseconds. */
export interface ReadingsEvent {
  series: { device: string; key: string; ts: number[]; value: unknown[] }[]
  skipped: number
}

/** Once a second. */
export interface StatsEvent {
  at: string
  promise: { acknowledged: number; stored: number; difference: number }
  rates: { messagesPerSecond: number; readingsPerSecond: number }
  ackMs: { p50: number | null; p99: number | null }
  connections: number
  store: { writable: boolean; sentence: string }
}

export interface DevicesEvent {
  devices: { id: string; lastSeenAt: string; isConnected?: boolean }[]
  skipped: number
}

interface Events {
  readings: ReadingsEvent
  stats: StatsEvent
  devices: DevicesEvent
  /** Rows of the trace; the page of live traffic knows their shape. */
  traffic: { messages: unknown[]; skipped: number }
  integrations: unknown
}

interface Options {
  /** Readings of this device alone. */
  device?: string | undefined
  /** While true, nothing is asked for. */
  isPaused?: boolean
}

/** Calls `onEvents` with what came since the last frame. */
export function useLive<T extends keyof Events>(
  topic: T,
  onEvents: (events: Events[T][]) => void,
  { device, isPaused = false }: Options = {},
): void {
  const latest = useRef(onEvents)
  useEffect(() => {
    latest.current = onEvents
  })
  useEffect(() => {
    if (isPaused) return undefined
    return liveStream.subscribe(topic, device, (events) => latest.current(events as Events[T][]))
  }, [topic, device, isPaused])
}

const watch = (onChange: () => void) => liveStream.watch(onChange)

export function useStreamState(): StreamState {
  return useSyncExternalStore(watch, () => liveStream.state)
}
