// The topic filters of an integration with their QoS, and its converter.
import { KeyValues } from '../../ui/key-values.tsx'
import { JsonView } from '../../ui/json-view.tsx'
import { Table } from '../../ui/table.tsx'
import { qosLevels } from '../setup/qos-levels.ts'
import { deviceApiId, type Integration } from './integration-api.ts'

export function IntegrationTopics({ integration }: { integration: Integration }) {
  const isReadyMade = integration.id === deviceApiId
  return (
    <div className="stack-l">
      <Table
        caption="Topic filters"
        rows={integration.topics}
        keyOf={({ filter }) => filter}
        columns={[
          {
            id: 'filter',
            title: 'Topic filter',
            cell: ({ filter }) => <code className="break">{filter}</code>,
          },
          {
            id: 'qos',
            title: 'QoS',
            cell: ({ qos }) => (isReadyMade ? 'as published' : `${qos}: ${qosLevels[qos].title}`),
          },
        ]}
      />
      <KeyValues
        items={[
          {
            name: 'Converter',
            value: isReadyMade ? (
              'by topic'
            ) : (
              <JsonView text={JSON.stringify(integration.converter, undefined, 2)} />
            ),
          },
          {
            name: 'A row that comes again',
            value:
              integration.duplicates === 'overwrite' ? 'The last write stays.' : 'The first write stays.',
          },
        ]}
      />
    </div>
  )
}
