// What narrows the messages: all of it stands in the address, so a link shows the same.
import { useMemo } from 'react'
import { useSearchParams } from 'wouter'
import { useAddressState } from '../../data/address.ts'
import { useOperation } from '../../data/queries.ts'
import type { Filter } from '../../data/stream.ts'
import { Button } from '../../ui/button.tsx'
import { Input, SearchInput } from '../../ui/input.tsx'
import { Select } from '../../ui/select.tsx'

const outcomes = [
  { value: '', label: 'Any outcome' },
  { value: 'stored', label: 'Stored' },
  { value: 'duplicate', label: 'Duplicate' },
  { value: 'late', label: 'Late' },
  { value: 'rejected', label: 'Rejected' },
  { value: 'notWanted', label: 'Not wanted' },
  { value: 'shed', label: 'Shed' },
] as const

const levels = [
  { value: '', label: 'Any QoS' },
  { value: '0', label: 'QoS 0' },
  { value: '1', label: 'QoS 1' },
  { value: '2', label: 'QoS 2' },
] as const

export interface TrafficFilter {
  filter: Filter
  isEmpty: boolean
  fields: Record<
    'topic' | 'device' | 'client' | 'outcome' | 'qos' | 'integration',
    [string, (text: string) => void]
  >
}

export function useTrafficFilter(): TrafficFilter {
  const fields = {
    topic: useAddressState('topic'),
    device: useAddressState('device'),
    client: useAddressState('client'),
    outcome: useAddressState('outcome'),
    qos: useAddressState('qos'),
    integration: useAddressState('integration'),
  } as unknown as TrafficFilter['fields']
  const text = JSON.stringify(
    Object.fromEntries(
      Object.entries(fields).flatMap(([name, [value]]) => (value === '' ? [] : [[name, value]])),
    ),
  )
  const filter = useMemo(() => JSON.parse(text) as Filter, [text])
  return { filter, isEmpty: text === '{}', fields }
}

export function TrafficFilters({ fields, isEmpty }: TrafficFilter) {
  const integrations = useOperation('listIntegrations', {})
  const choices = [
    { value: '', label: 'Any integration' },
    ...(integrations.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
  ]
  const { topic, device, client, outcome, qos, integration } = fields
  const [, setSearch] = useSearchParams()
  const clear = () => {
    setSearch((before) => new URLSearchParams([...before].filter(([name]) => !(name in fields))), {
      replace: true,
    })
  }
  return (
    <div className="traffic-filters" role="group" aria-label="Filter">
      <SearchInput label="Part of the topic" value={topic[0]} onChange={topic[1]} />
      <Input aria-label="Device" placeholder="Device" value={device[0]} onChange={device[1]} />
      <Input
        aria-label="Client identifier"
        placeholder="Client identifier"
        value={client[0]}
        onChange={client[1]}
      />
      <Select aria-label="Outcome" value={outcome[0]} options={outcomes} onChange={outcome[1]} />
      <Select aria-label="Quality of Service" value={qos[0]} options={levels} onChange={qos[1]} />
      <Select aria-label="Integration" value={integration[0]} options={choices} onChange={integration[1]} />
      {!isEmpty && (
        <Button kind="quiet" icon="cross" onClick={clear}>
          Clear
        </Button>
      )}
    </div>
  )
}
