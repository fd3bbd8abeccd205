// All devices that have stored something: found by name, most of them never in sight, kept up to date.
import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useLocation } from 'wouter'
import { useAddressState } from '../../data/address.ts'
import { call, type AnswerOf } from '../../data/client.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { SearchInput } from '../../ui/input.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { VirtualTable, type GridColumn } from '../../ui/virtual-table.tsx'

type Device = AnswerOf<'listDevices'>['items'][number]

const pageSize = 1_000

const columns: GridColumn<Device>[] = [
  { id: 'id', title: 'Device', width: 'minmax(180px, 2fr)', cell: ({ id }) => <code>{id}</code> },
  {
    id: 'lastSeenAt',
    title: 'Last stored',
    width: 'minmax(120px, 1fr)',
    cell: ({ lastSeenAt }) => <RelativeTime at={lastSeenAt} />,
  },
]

export function DevicesPage() {
  const [search, setSearch] = useAddressState('search')
  const [, navigate] = useLocation()
  const devices = useInfiniteQuery({
    queryKey: ['listDevices', search],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      call('listDevices', { query: { search, limit: pageSize, cursor: pageParam }, signal }),
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  })
  const rows = useMemo(() => devices.data?.pages.flatMap(({ items }) => items) ?? [], [devices.data])
  const onRange = (_from: number, to: number) => {
    if (to >= rows.length && devices.hasNextPage && !devices.isFetching) void devices.fetchNextPage()
  }
  return (
    <>
      <PageHeader title="Devices" about="Every device that has stored a reading." />
      <div className="stack">
        <SearchInput label="Search devices" value={search} onChange={setSearch} />
        {devices.isPending && <Skeleton label="The list of devices" />}
        {devices.error !== null && (
          <ErrorState error={devices.error} onRetry={() => void devices.refetch()} />
        )}
        {devices.isSuccess && rows.length === 0 && (
          <EmptyState
            icon="device"
            title={search === '' ? 'No device has stored anything yet' : 'No device is called like that'}
          >
            A device appears here with its first stored reading.
          </EmptyState>
        )}
        {rows.length > 0 && (
          <VirtualTable
            label="Devices"
            columns={columns}
            count={rows.length}
            rowAt={(index) => rows[index]}
            keyOf={({ id }) => id}
            onRange={onRange}
            onOpen={({ id }) => navigate(`/devices/${encodeURIComponent(id)}`)}
          />
        )}
      </div>
    </>
  )
}
