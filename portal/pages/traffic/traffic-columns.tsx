// A message in one line: when, what became of it, where it went, how it came, how long it took.
import { duration } from '../../ui/format.ts'
import { State, type StateName } from '../../ui/state.tsx'
import { Definition } from '../../ui/tooltip.tsx'
import type { GridColumn } from '../../ui/virtual-table.tsx'
import type { Message } from './use-traffic.ts'

const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hour12: false,
})

/** 12:04:10.113 */
export function clockTime(at: string): string {
  return clock.format(new Date(at))
}

export function stateOf(outcome: Message['outcome']): StateName {
  return outcome
}

/** From the receipt to the answer, or to the store where there is no answer. */
export function tookText({ ms }: Pick<Message, 'ms'>): string {
  const took = ms.acknowledged ?? ms.stored
  return took === null ? '–' : duration(took)
}

export const trafficColumns: readonly GridColumn<Message>[] = [
  { id: 'at', title: 'Received', width: '120px', cell: ({ at }) => <code>{clockTime(at)}</code> },
  {
    id: 'outcome',
    title: 'Outcome',
    width: '130px',
    cell: ({ outcome }) => <State of={stateOf(outcome)} />,
  },
  {
    id: 'topic',
    title: 'Topic',
    width: 'minmax(180px, 3fr)',
    cell: ({ topic, reason }) => (
      <span title={reason === undefined ? topic : `${topic} — ${reason}`}>
        <code>{topic}</code>
        {reason !== undefined && <span className="soft small"> {reason}</span>}
      </span>
    ),
  },
  {
    id: 'device',
    title: 'Device',
    width: 'minmax(100px, 1fr)',
    cell: ({ device }) => (device === '' ? <span className="soft">–</span> : <code>{device}</code>),
  },
  {
    id: 'qos',
    title: (
      <Definition of="Published at this QoS. DUP: the sender had no answer and sends it again.">
        QoS
      </Definition>
    ),
    width: '90px',
    cell: ({ qos, dup, retain }) => (
      <span className="mono">
        {qos}
        {dup && ' DUP'}
        {retain && ' R'}
      </span>
    ),
  },
  {
    id: 'bytes',
    title: 'Bytes',
    width: '80px',
    isNumber: true,
    cell: ({ bytes }) => bytes.toLocaleString('en-GB'),
  },
  { id: 'readings', title: 'Readings', width: '90px', isNumber: true, cell: ({ readings }) => readings },
  {
    id: 'took',
    title: (
      <Definition of="From the receipt to the answer. At QoS 0 there is no answer: to the commit that stored it.">
        Took
      </Definition>
    ),
    width: '90px',
    isNumber: true,
    cell: (message) => tookText(message),
  },
]
