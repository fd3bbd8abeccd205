// The readings that a sample gives, as a table.
import { moment, valueText } from '../../ui/format.ts'
import { Table } from '../../ui/table.tsx'

interface SampleReading {
  device: string
  key: string
  ts: number | null
  value: unknown
}

/** A message may have 10,000; the first say enough. */
const shownMax = 50

export function ReadingsTable({
  caption,
  readings,
}: {
  caption: string
  readings: readonly SampleReading[]
}) {
  return (
    <Table
      caption={caption}
      rows={readings.slice(0, shownMax)}
      keyOf={(reading) => String(readings.indexOf(reading))}
      columns={[
        {
          id: 'device',
          title: 'Device',
          cell: ({ device }) => <code>{device === '' ? '(who publishes)' : device}</code>,
        },
        { id: 'key', title: 'Key', cell: ({ key }) => <code>{key}</code> },
        { id: 'ts', title: 'Time', cell: ({ ts }) => (ts === null ? 'on arrival' : moment(ts)) },
        {
          id: 'value',
          title: 'Value',
          isNumber: true,
          cell: ({ value }) => <span className="mono">{valueText(value)}</span>,
        },
      ]}
    />
  )
}
