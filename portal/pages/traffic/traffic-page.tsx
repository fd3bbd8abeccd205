// Live traffic: what is published, as it comes, and what became of it. One message opens with its whole way.
import { useState } from 'react'
import { Link } from 'wouter'
import { useAddressState } from '../../data/address.ts'
import { useLive } from '../../data/live.ts'
import type { Filter } from '../../data/stream.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { count } from '../../ui/format.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { PauseButton } from '../../ui/pause-button.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Definition } from '../../ui/tooltip.tsx'
import { VirtualTable } from '../../ui/virtual-table.tsx'
import { Announced } from './announced.tsx'
import { TraceDialog } from './trace-dialog.tsx'
import { trafficColumns } from './traffic-columns.tsx'
import { TrafficFilters, useTrafficFilter } from './traffic-filters.tsx'
import { useTraffic } from './use-traffic.ts'
import './traffic.css'

const rowHeight = 34

export function TrafficPage() {
  const chosen = useTrafficFilter()
  return (
    <>
      <PageHeader
        title="Live traffic"
        about="Messages that devices publish, as they come, and what became of each."
        actions={
          <Link href="/rejected" className="button plain medium">
            Rejected messages
          </Link>
        }
      />
      <div className="stack">
        <TrafficFilters {...chosen} />
        <Messages key={JSON.stringify(chosen.filter)} filter={chosen.filter} isFiltered={!chosen.isEmpty} />
      </div>
    </>
  )
}

function Messages({ filter, isFiltered }: { filter: Filter; isFiltered: boolean }) {
  const [isPaused, setPaused] = useState(false)
  /** Somebody walks through the rows, or has scrolled down. */
  const [isReading, setReading] = useState(false)
  const [traceId, setTraceId] = useAddressState('trace', '', 'push')
  const traffic = useTraffic(filter, isPaused || isReading || traceId !== '', isPaused)
  const { rows, waiting, isPending, error } = traffic
  return (
    <>
      <div className="row-apart">
        <Rate oneIn={traffic.oneIn} isPaused={isPaused} />
        <div className="row">
          {waiting > 0 && !isPaused && (
            <Button size="small" icon="up" onClick={traffic.release}>
              {count(waiting)} new
            </Button>
          )}
          <PauseButton isPaused={isPaused} onChange={setPaused} />
        </div>
      </div>
      {error !== null && <ErrorState error={error} onRetry={traffic.retry} />}
      {isPending && rows.length === 0 && <Skeleton label="The traffic" />}
      {!isPending && error === null && rows.length === 0 && <NothingYet isFiltered={isFiltered} />}
      {rows.length > 0 && (
        <div onFocus={() => setReading(true)} onBlur={() => setReading(false)}>
          <VirtualTable
            label="Messages, newest first"
            columns={trafficColumns}
            count={rows.length}
            rowAt={(index) => rows[index]}
            keyOf={({ id }) => id}
            onOpen={({ id }) => setTraceId(id)}
            rowHeight={rowHeight}
            height="calc(100dvh - 270px)"
          />
        </div>
      )}
      <Announced rows={rows} />
      {traceId !== '' && <TraceDialog id={traceId} onClose={() => setTraceId('')} />}
    </>
  )
}

function Rate({ oneIn, isPaused }: { oneIn: number; isPaused: boolean }) {
  const [perSecond, setPerSecond] = useState<number>()
  useLive('stats', (events) => setPerSecond(events.at(-1)?.rates.messagesPerSecond), { isPaused })
  const meaning =
    'While more than 200 messages a second come, a sample of them has a trace, spread evenly. Those that could not be ' +
    'read are traced always. Filter by device, client or topic to see each message of one.'
  return (
    <p className="soft">
      {isPaused ? (
        'Paused. Press Space to go on.'
      ) : (
        <>
          <strong className="mono">{perSecond === undefined ? '–' : count(perSecond)}</strong> messages a
          second,{' '}
          <Definition of={meaning}>
            {oneIn === 1 ? 'showing all' : `showing about 1 in ${count(oneIn)}`}
          </Definition>
        </>
      )}
    </p>
  )
}

function NothingYet({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <EmptyState icon="search" title="No message is like that">
        None of the newest messages fits the filter. As soon as one comes, it appears here.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      icon="traffic"
      title="Nothing has been published yet"
      actions={
        <Link href="/connect" className="button primary medium">
          Connect a device
        </Link>
      }
    >
      As soon as a device publishes, its message appears here, with what became of it: stored, duplicate,
      late, rejected or not wanted.
    </EmptyState>
  )
}
