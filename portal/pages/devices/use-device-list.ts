// All devices that fit a search, page by page in the background until all are there, and kept up to date by the event
// stream: a device that is seen moves no row, it only becomes fresh.
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { call, type AnswerOf } from '../../data/client.ts'
import { useLive, useStreamOpened, type DevicesEvent } from '../../data/live.ts'
import { askAgain } from '../../data/queries.ts'
import type { Sort } from '../../ui/virtual-table.tsx'

export type Device = AnswerOf<'listDevices'>['items'][number]
export type DeviceState = 'connected' | 'disconnected' | ''

const pageSize = 1_000
/** Devices that are listed; who has more searches. */
export const listedMax = 100_000
/** New devices bring a short list up to date at most this often. */
const refreshMs = 2_000

interface Asked {
  search: string
  state: DeviceState
  sort: Sort
  isPaused: boolean
}

export function useDeviceList({ search, state, sort, isPaused }: Asked) {
  const queryKey = useMemo(() => ['listDevices', search, state, sort.by, sort.order], [search, state, sort])
  const list = useInfiniteQuery({
    queryKey,
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => {
      const query = { search, state, sort: sort.by, order: sort.order, limit: pageSize, cursor: pageParam }
      return call('listDevices', { query, signal })
    },
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  })
  const { hasNextPage, isFetching, fetchNextPage } = list
  const stored = useMemo(() => list.data?.pages.flatMap(({ items }) => items) ?? [], [list.data])
  const isCut = stored.length >= listedMax
  useEffect(() => {
    if (hasNextPage && !isFetching && !isCut) void fetchNextPage()
  }, [hasNextPage, isFetching, isCut, fetchNextPage])

  const [seen, setSeen] = useState<ReadonlyMap<string, DevicesEvent['devices'][number]>>(new Map())
  const known = useMemo(() => new Set(stored.map(({ id }) => id)), [stored])
  const newcomers = useMemo(
    () => [...seen.keys()].filter((id) => !known.has(id) && id.includes(search)).length,
    [seen, known, search],
  )
  const latest = useRef(list)
  useEffect(() => {
    latest.current = list
  })
  const refresh = useCallback(() => {
    setSeen(new Map())
    void askAgain(latest.current)
  }, [])
  const isShort = stored.length < pageSize
  const waitMs = stored.length === 0 ? 0 : refreshMs
  // Whoever came while the list was on its way is looked at when it is there.
  const isDue = newcomers > 0 && isShort && !isPaused && !hasNextPage && !isFetching
  useEffect(() => {
    if (!isDue) return undefined
    const timer = setTimeout(refresh, waitMs)
    return () => clearTimeout(timer)
  }, [isDue, waitMs, refresh])
  const take = (events: DevicesEvent[]) => {
    const devices = events.flatMap((event) => event.devices)
    setSeen((before) => new Map([...before, ...devices.map((device) => [device.id, device] as const)]))
  }
  useLive('devices', take, { isPaused })
  useStreamOpened(() => {
    if (isShort && !isPaused) refresh()
  })

  const freshOf = (device: Device): Device => {
    const now = seen.get(device.id)
    return now === undefined || now.lastSeenAt < device.lastSeenAt ? device : { ...device, ...now }
  }
  const isComplete = list.isSuccess && !hasNextPage
  const shown = isShort || !isComplete ? 0 : newcomers
  return { list, rows: stored, freshOf, isComplete, isCut, newcomers: shown, refresh }
}
