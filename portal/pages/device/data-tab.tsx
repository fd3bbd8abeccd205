// Latest values and chart of a device: what has come, and what comes while one looks.
import { useMemo, useState } from 'react'
import { askAgain, useOperation } from '../../data/queries.ts'
import type { AnswerOf } from '../../data/client.ts'
import { useStreamOpened } from '../../data/live.ts'
import { useAddressState } from '../../data/address.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useNow } from '../../ui/relative-time.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { seriesMax } from '../../charts/colours.ts'
import { ChartPanel } from './chart-panel.tsx'
import { listOf, parseList } from '../../data/name-list.ts'
import { useMarks } from './use-marks.ts'
import { LatestValues } from './latest-values.tsx'
import { rangeOf, spanDefault, useRange } from './use-range.ts'
import { useFirstTs, useSeries, type Shown } from './use-series.ts'
import { useTail, type Latest } from './use-tail.ts'

/** The hub is asked again after this time or one interval, whichever is longer. */
const askedEveryMs = 10_000
const chosenAtFirst = 3
const shapeMax = 40
const dayMs = 86_400_000

export function DataTab({ device }: { device: string }) {
  const [isPaused, setPaused] = useState(false)
  const latest = useOperation('latest', { params: { device } }, { enabled: !isPaused })
  useStreamOpened(() => {
    if (!isPaused) void askAgain(latest)
  })
  if (latest.error !== null) return <ErrorState error={latest.error} onRetry={() => void latest.refetch()} />
  if (latest.data === undefined) return <Skeleton label="The latest values" lines={9} />
  return <DeviceData device={device} stored={latest.data} isPaused={isPaused} onPause={setPaused} />
}

interface DeviceDataProps {
  device: string
  stored: AnswerOf<'latest'>
  isPaused: boolean
  onPause: (isPaused: boolean) => void
}

function DeviceData({ device, stored, isPaused, onPause }: DeviceDataProps) {
  const { tail, version } = useTail(device, isPaused)
  const latest = useLatest(stored, tail.latest, version)
  const [chosenText, setChosen] = useAddressState('keys')
  const [shown] = useAddressState('show', 'auto')
  const numeric = [...latest].filter(([, { value }]) => isNumeric(value)).map(([key]) => key)
  const chosen = chosenText === '' ? numeric.slice(0, chosenAtFirst) : parseList(chosenText)
  const chart = useChart({ device, keys: chosen, shown: shown as Shown, latest, isPaused })
  const series = useMemo(
    () => tail.extend(chart.data?.series ?? [], chart.data?.askedAt ?? 0),
    // The tail changes within; its version says when.
    // oxlint-disable-next-line react/exhaustive-deps
    [tail, version, chart.data],
  )
  const marks = useMarks(device, chosen, chart.range, isPaused)
  if (latest.size === 0) {
    return (
      <EmptyState icon="device" title="This device has stored nothing yet">
        Its readings appear here as soon as the first message is stored.
      </EmptyState>
    )
  }
  const toggle = (key: string) => {
    const next = chosen.includes(key) ? chosen.filter((each) => each !== key) : [...chosen, key]
    setChosen(listOf(next))
  }
  return (
    <div className="stack">
      <LatestValues
        latest={latest}
        chosen={chosen}
        chosenMax={seriesMax}
        onToggle={toggle}
        shapeOf={(key) => series.find((each) => each.key === key)?.value.slice(-shapeMax) ?? []}
      />
      <ChartPanel
        device={device}
        state={chart.state}
        range={chart.range}
        data={chart.data}
        series={series}
        marks={marks}
        error={chart.error}
        onRetry={chart.retry}
        isPaused={isPaused}
        onPause={onPause}
      />
    </div>
  )
}

/** What the hub answered, and what came since. */
function useLatest(stored: AnswerOf<'latest'>, fresh: ReadonlyMap<string, Latest>, version: number) {
  return useMemo(() => {
    const all = new Map<string, Latest>(Object.entries(stored))
    for (const [key, reading] of fresh)
      if (reading.ts >= (all.get(key)?.ts ?? -Infinity)) all.set(key, reading)
    return all
    // `fresh` changes within; its version says when.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [stored, fresh, version])
}

interface ChartAsked {
  device: string
  keys: readonly string[]
  shown: Shown
  latest: ReadonlyMap<string, Latest>
  isPaused: boolean
}

/** The range that is shown, and the readings within it; asked for again as time goes on. */
function useChart({ device, keys, shown, latest, isPaused }: ChartAsked) {
  const now = useNow()
  const [pausedAt, setPausedAt] = useState<number>()
  if (isPaused && pausedAt === undefined) setPausedAt(now)
  if (!isPaused && pausedAt !== undefined) setPausedAt(undefined)
  const last = Math.max(...Array.from(latest.values(), ({ ts }) => ts))
  const isOld = latest.size > 0 && last < now - dayMs
  const state = useRange(isOld ? 'all' : spanDefault)
  const first = useFirstTs(device, keys, state.choice === 'all')
  const until = pausedAt ?? now
  const shownRange = rangeOf(state, until, first.data ?? last - dayMs, last)
  const { from, to } = shownRange
  const range = useMemo(() => ({ from, to }), [from, to])
  const isZoom = state.choice === 'zoom'
  const asked = useMemo(() => (isZoom ? { from, to } : steady({ from, to })), [isZoom, from, to])
  const isReady = state.choice !== 'all' || first.data !== undefined
  const answer = useSeries({ device, keys, range: asked, shown }, isReady)
  // What was stored between the question and the stream is in neither.
  useStreamOpened(() => {
    if (!isPaused && isReady && keys.length > 0) void askAgain(answer)
  })
  return { state, range, data: answer.data, error: answer.error, retry: () => void answer.refetch() }
}

/** A range that stays the same while the one that is shown moves along, so that the hub is asked now and then only. */
function steady({ from, to }: { from: number; to: number }) {
  const step = Math.max(askedEveryMs, (to - from) / 500)
  return { from: Math.floor(from / step) * step, to: Math.ceil((to + 1) / step) * step }
}

function isNumeric(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean'
}
