// The cells of a row in the list of devices that need more than its record.
import { duration, valueText } from '../../ui/format.ts'
import { RelativeTime, useNow } from '../../ui/relative-time.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import { State } from '../../ui/state.tsx'
import { Tooltip } from '../../ui/tooltip.tsx'
import { silentAfterMs, useGlance } from './device-glance.ts'
import type { Device } from './use-device-list.ts'
import './devices.css'

interface CellProps {
  device: Device
  isPaused: boolean
}

export function ValuesCell({ device, isPaused }: CellProps) {
  const glance = useGlance(device.id, isPaused)
  if (glance === undefined) return <span className="skeleton-line" />
  return (
    <span className="glance">
      {glance.values.map(([key, value]) => (
        <span key={key} className="glance-value">
          <code className="soft">{key}</code> <strong className="mono">{valueText(value)}</strong>
        </span>
      ))}
    </span>
  )
}

export function ShapeCell({ device, isPaused }: CellProps) {
  const glance = useGlance(device.id, isPaused)
  if (glance?.shape === undefined || glance.shape.values.length < 2) return null
  const { key, values } = glance.shape
  return <Sparkline values={values} label={`The last ${values.length} values of ${key}`} />
}

export function SeenCell({ device, isPaused }: CellProps) {
  const glance = useGlance(device.id, isPaused)
  const now = useNow()
  const quietMs = now - Date.parse(device.lastSeenAt)
  const usualMs = glance?.usualMs
  const isSilent = usualMs !== undefined && quietMs > silentAfterMs(usualMs)
  return (
    <span className="row">
      <RelativeTime at={device.lastSeenAt} />
      {isSilent && (
        <Tooltip
          text={`It usually stores something every ${duration(usualMs)}, and has been quiet for ${duration(quietMs)}.`}
        >
          <span tabIndex={0}>
            <State of="lost">Silent</State>
          </span>
        </Tooltip>
      )}
    </span>
  )
}
