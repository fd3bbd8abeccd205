// What each level costs in packets and bytes, at the rate that was seen or assumed.
import { bytes, number } from '../../ui/format.ts'
import { Table } from '../../ui/table.tsx'
import { Definition } from '../../ui/tooltip.tsx'
import type { AdviceLevel } from './use-advice.ts'

export function QosCosts({ levels }: { levels: readonly AdviceLevel[] | undefined }) {
  if (levels === undefined) return null
  return (
    <section className="stack-s" aria-label="What each level costs">
      <h2>What it costs</h2>
      <Table
        caption="Cost of each Quality of Service"
        rows={levels}
        keyOf={({ qos }) => String(qos)}
        columns={[
          { id: 'qos', title: 'Level', cell: ({ qos }) => `QoS\u00A0${qos}` },
          {
            id: 'packets',
            title: (
              <Definition of="MQTT packets that travel for one message, in both directions, when nothing is lost.">
                Packets
              </Definition>
            ),
            isNumber: true,
            cell: ({ packetsPerMessage }) => number(packetsPerMessage),
          },
          {
            id: 'bytes',
            title: (
              <Definition of="Bytes of these packets, without those of TCP and TLS.">
                Bytes a message
              </Definition>
            ),
            isNumber: true,
            cell: ({ bytesPerMessage }) => bytes(bytesPerMessage),
          },
          {
            id: 'day',
            title: (
              <Definition of="The same for a day at the rate that was seen; without one, not known.">
                Bytes a day
              </Definition>
            ),
            isNumber: true,
            cell: ({ bytesPerDay }) => (bytesPerDay === null ? '–' : bytes(bytesPerDay)),
          },
          {
            id: 'delay',
            title: <Definition of="From sending the message until its answer has come.">Delay</Definition>,
            cell: ({ ackDelay }) => ackDelay,
          },
        ]}
      />
    </section>
  )
}
