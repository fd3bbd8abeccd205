// All devices that have stored something: found by name, most of them never in sight, kept up to date.
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useAddressState } from '../../data/address.ts'
import type { AnswerOf } from '../../data/client.ts'
import { useLacks } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { count } from '../../ui/format.ts'
import { SearchInput } from '../../ui/input.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { PauseButton } from '../../ui/pause-button.tsx'
import { Select } from '../../ui/select.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { State } from '../../ui/state.tsx'
import { VirtualTable, type GridColumn, type Sort } from '../../ui/virtual-table.tsx'
import { AddCredential } from '../device/add-credential.tsx'
import { SecretDialog } from '../device/secret-dialog.tsx'
import { SeenCell, ShapeCell, ValuesCell } from './device-cells.tsx'
import { NoDevices } from './no-devices.tsx'
import { listedMax, useDeviceList, type Device, type DeviceState } from './use-device-list.ts'
import './devices.css'

const states: readonly { value: DeviceState; label: string }[] = [
  { value: '', label: 'All devices' },
  { value: 'connected', label: 'Connected' },
  { value: 'disconnected', label: 'Not connected' },
]

export function DevicesPage() {
  const [search, setSearch] = useAddressState('search')
  const [state, setState] = useAddressState('state')
  const [sort, setSort] = useSort()
  const [isPaused, setPaused] = useState(false)
  const [isAdding, setAdding] = useState(false)
  const [, navigate] = useLocation()
  const lacks = useLacks('operator')
  const devices = useDeviceList({ search, state: state as DeviceState, sort, isPaused })
  const { list, rows, newcomers } = devices
  const isFiltered = search !== '' || state !== ''
  const add = (
    <Button kind="primary" icon="plus" lacks={lacks} onClick={() => setAdding(true)}>
      Add device
    </Button>
  )
  return (
    <>
      <PageHeader title="Devices" about={aboutOf(devices)} actions={add} />
      <div className="stack">
        <div className="devices-tools">
          <SearchInput label="Search devices" value={search} onChange={setSearch} />
          <Select
            aria-label="Which devices"
            value={state as DeviceState}
            options={states}
            onChange={setState}
          />
          <PauseButton isPaused={isPaused} onChange={setPaused} />
        </div>
        {list.isPending && <Skeleton label="The list of devices" />}
        {list.error !== null && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
        {newcomers > 0 && (
          <Callout
            kind="info"
            actions={
              <Button size="small" onClick={devices.refresh}>
                Show
              </Button>
            }
          >
            {count(newcomers)} new {newcomers === 1 ? 'device has' : 'devices have'} stored something.
          </Callout>
        )}
        {list.isSuccess && rows.length === 0 && <NoDevices isFiltered={isFiltered} add={add} />}
        {rows.length > 0 && (
          <VirtualTable
            label="Devices"
            columns={columnsFor(isPaused)}
            count={rows.length}
            rowAt={(index) => rows[index] && devices.freshOf(rows[index])}
            keyOf={({ id }) => id}
            onOpen={({ id }) => navigate(pathOf(id))}
            sort={sort}
            onSort={setSort}
          />
        )}
      </div>
      {isAdding && <AddDevice onClose={() => setAdding(false)} />}
    </>
  )
}

/** How the rows stand, as the hub sorts them: identifiers upwards, or seen last first. */
function useSort(): [Sort, (sort: Sort) => void] {
  const [text, setText] = useAddressState('sort', 'id')
  const [by = 'id', order = 'asc'] = text.split('-')
  const sort: Sort =
    by === 'lastSeenAt' ? { by, order: order === 'asc' ? 'asc' : 'desc' } : { by: 'id', order: 'asc' }
  return [
    sort,
    (next) =>
      setText(next.by === 'id' ? 'id' : sort.by === 'id' ? `${next.by}-desc` : `${next.by}-${next.order}`),
  ]
}

function aboutOf({ rows, list, isComplete, isCut }: ReturnType<typeof useDeviceList>): string {
  if (list.isPending) return 'Every device that has stored a reading.'
  if (isCut) return `The first ${count(listedMax)} devices; search for others.`
  const many = `${count(rows.length)} ${rows.length === 1 ? 'device' : 'devices'}`
  return isComplete
    ? `${many} that ${rows.length === 1 ? 'has' : 'have'} stored a reading.`
    : `${many} so far, more are coming.`
}

function pathOf(id: string): string {
  return `/devices/${encodeURIComponent(id)}`
}

function columnsFor(isPaused: boolean): GridColumn<Device>[] {
  return [
    {
      id: 'id',
      title: 'Device',
      width: 'minmax(150px, 2fr)',
      isSortable: true,
      cell: ({ id }) => (
        <Link href={pathOf(id)} title={id} tabIndex={-1}>
          <code>{id}</code>
        </Link>
      ),
    },
    {
      id: 'state',
      title: 'State',
      width: '150px',
      cell: ({ isConnected }) => <State of={isConnected ? 'connected' : 'offline'} />,
    },
    {
      id: 'lastSeenAt',
      title: 'Last stored',
      width: '170px',
      isSortable: true,
      cell: (device) => <SeenCell device={device} isPaused={isPaused} />,
    },
    {
      id: 'values',
      title: 'Latest values',
      width: 'minmax(240px, 3fr)',
      cell: (device) => <ValuesCell device={device} isPaused={isPaused} />,
    },
    {
      id: 'shape',
      title: <span className="hidden-visually">Shape of the last values</span>,
      width: '100px',
      cell: (device) => <ShapeCell device={device} isPaused={isPaused} />,
    },
  ]
}

/** Enters a device: it gets something to log in with, which is shown once, and then has its page. */
function AddDevice({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<{ device: string; credential: AnswerOf<'createCredential'> }>()
  const [, navigate] = useLocation()
  if (made !== undefined && made.credential.secret !== null) {
    return (
      <SecretDialog
        device={made.device}
        made={made.credential}
        onClose={() => navigate(pathOf(made.device))}
      />
    )
  }
  return (
    <AddCredential
      device={undefined}
      title="Add a device"
      onClose={onClose}
      onDone={(credential, device) => {
        if (credential.secret === null) navigate(pathOf(device))
        else setMade({ device, credential })
      }}
    />
  )
}
