// No device is there, or none that fits what was searched for.
import type { ReactNode } from 'react'
import { useLocation } from 'wouter'
import { useOperation } from '../../data/queries.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'

export function NoDevices({ isFiltered, add }: { isFiltered: boolean; add: ReactNode }) {
  const endpoints = useOperation('endpoints', {}).data
  if (isFiltered) {
    return (
      <EmptyState icon="search" title="No device is like that">
        Identifiers are searched as they are written, capital and small letters apart.
      </EmptyState>
    )
  }
  const needs = endpoints?.devicesNeedCredentials ?? true
  return (
    <div className="stack">
      <EmptyState icon="device" title="No device has stored anything yet" actions={<Ways add={add} />}>
        A device appears here with its first stored reading.{' '}
        {needs
          ? 'Devices need credentials here: add one, and it gets a token to log in with.'
          : 'Devices on this machine may connect without credentials: the command below is enough, d1 is the device.'}
      </EmptyState>
      {!needs && (
        <CodeBlock
          label="A command that stores a reading"
          text={`mosquitto_pub -h ${endpoints?.mqtt.host} -p ${endpoints?.mqtt.port} -q 1 -i d1 -t v1/devices/me/telemetry -m '{"temp":21.5}'`}
        />
      )}
    </div>
  )
}

function Ways({ add }: { add: ReactNode }) {
  const [, navigate] = useLocation()
  return (
    <>
      <Button icon="device" onClick={() => navigate('/connect')}>
        Lines to copy for a device
      </Button>
      {add}
      <Button icon="chart" onClick={() => navigate('/welcome')}>
        Demo data
      </Button>
    </>
  )
}
