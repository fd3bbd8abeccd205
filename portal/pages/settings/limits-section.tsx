// Every limit with its value, and how often somebody has come to it since the start.
import { useQuery } from '@tanstack/react-query'
import { request } from '../../data/client.ts'
import { count } from '../../ui/format.ts'
import { State } from '../../ui/state.tsx'
import type { Column } from '../../ui/table.tsx'
import { Options, type ConfigOption } from './options.tsx'

const refreshMs = 10_000

export function LimitsSection() {
  const reached = useQuery({
    queryKey: ['metrics', 'limits'],
    queryFn: async ({ signal }) => {
      const response = await request('GET', '/metrics', { signal, accept: 'text/plain' })
      return limitsIn(await response.text())
    },
    refetchInterval: refreshMs,
  })
  const column: Column<ConfigOption> = {
    id: 'reached',
    title: 'Reached',
    isNumber: true,
    cell: ({ name }) => {
      const times = reached.data?.get(name.replace(/^limits\./, '')) ?? 0
      return times === 0 ? (
        <span className="soft">never</span>
      ) : (
        <State of="warning">{`${count(times)} times`}</State>
      )
    },
  }
  return (
    <div className="stack">
      <p className="soft">
        Nothing here is unbounded. Full means that a socket is not read until there is room; only QoS 0 is
        ever shed, and each message shed is counted.
      </p>
      <Options caption="Limits" isShown={(name) => name.startsWith('limits.')} more={[column]} />
    </div>
  )
}

/** `ackstone_limit_reached_total{limit="packetBytesMax"} 3` of the metrics, by limit. */
function limitsIn(metrics: string): Map<string, number> {
  const found = metrics.matchAll(/^ackstone_limit_reached_total\{limit="([^"]+)"\} (\d+)$/gm)
  return new Map(
    Array.from(found, ([, limit = '', times]) => [limit.replace(/^limits\./, ''), Number(times)]),
  )
}
