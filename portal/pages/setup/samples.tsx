// The messages that came, each on one line: topic, how it was published, the beginning of the payload.
import { Table } from '../../ui/table.tsx'
import { Badge } from '../../ui/state.tsx'
import { bytes } from '../../ui/format.ts'
import type { Sample } from './draft.ts'

const shownMax = 8
const shownCharactersMax = 160

export function Samples({ samples }: { samples: readonly Sample[] }) {
  if (samples.length === 0) return null
  return (
    <Table
      caption="Messages that came"
      rows={samples.slice(0, shownMax)}
      keyOf={(sample) => `${sample.receivedAt} ${samples.indexOf(sample)}`}
      columns={[
        { id: 'topic', title: 'Topic', cell: ({ topic }) => <code className="break">{topic}</code> },
        {
          id: 'qos',
          title: 'Published at',
          cell: ({ qos, retained }) => (
            <span className="row">
              <Badge>QoS {qos}</Badge>
              {retained && <Badge tone="violet">retained</Badge>}
            </span>
          ),
        },
        {
          id: 'payload',
          title: 'Payload',
          cell: (sample) => <code className="break">{beginningOf(sample)}</code>,
        },
        { id: 'size', title: 'Size', isNumber: true, cell: (sample) => bytes(sample.bytes) },
      ]}
    />
  )
}

export function beginningOf({ payload, payloadBase64 }: Pick<Sample, 'payload' | 'payloadBase64'>): string {
  const text = payload ?? `base64 ${payloadBase64 ?? ''}`
  return text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax)}…` : text
}
