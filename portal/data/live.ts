// Hooks on the event stream: events of a topic while a component is shown, and how the connection is.
import { useEffect, useRef, useSyncExternalStore } from 'react'
import type { z } from 'zod'
import type * as shape from '../../src/api/live-shapes.ts'
import { liveStream, type Filter, type StreamState } from './stream.ts'

/** Columns of one series, times in milliseconds. */
export interface ReadingsEvent {
  series: { device: string; key: string; ts: number[]; value: unknown[] }[]
  skipped: number
}

export type StatsEvent = z.output<typeof shape.statsEvent>
export type DevicesEvent = z.output<typeof shape.devicesEvent>

interface Events {
  readings: ReadingsEvent
  stats: StatsEvent
  devices: DevicesEvent
  traffic: z.output<typeof shape.trafficEvent>
  integrations: z.output<typeof shape.integrationsEvent>
  commands: z.output<typeof shape.commandsEvent>
}

interface Options {
  /** Readings of this device alone. */
  device?: string | undefined
  /** Messages like this alone; the same object for as long as it is the same. */
  filter?: Filter | undefined
  /** While true, nothing is asked for. */
  isPaused?: boolean
}

/** Calls `onEvents` with what came since the last frame. */
export function useLive<T extends keyof Events>(
  topic: T,
  onEvents: (events: Events[T][]) => void,
  { device, filter, isPaused = false }: Options = {},
): void {
  const latest = useRef(onEvents)
  useEffect(() => {
    latest.current = onEvents
  })
  useEffect(() => {
    if (isPaused) return undefined
    return liveStream.subscribe(topic, { device, filter }, (events) => latest.current(events as Events[T][]))
  }, [topic, device, filter, isPaused])
}

const watch = (onChange: () => void) => liveStream.watch(onChange)

export function useStreamState(): StreamState {
  return useSyncExternalStore(watch, () => liveStream.state)
}

/** Calls `onOpened` when the stream has been opened anew: what happened just before was not told, so ask. */
export function useStreamOpened(onOpened: () => void): void {
  const opened = useSyncExternalStore(watch, () => liveStream.opened)
  const latest = useRef(onOpened)
  const seen = useRef(opened)
  useEffect(() => {
    latest.current = onOpened
  })
  useEffect(() => {
    if (seen.current === opened) return
    seen.current = opened
    latest.current()
  }, [opened])
}
