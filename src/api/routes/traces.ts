// Traces over HTTP: the newest messages and what became of them, and the whole way of one.
import { AckstoneError } from '../../errors.ts'
import { operations } from '../contract.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'
import { timeText } from '../time.ts'
import { summaryOf, traceText } from '../trace-shown.ts'
import { filterOf } from './live.ts'

const limitDefault = 100

export function traceRoutes(register: Register, { delivery, watching, hidesPayloads }: ApiParts): void {
  const { traces } = delivery

  register(operations.traces, async ({ query }) => ({
    items: traces.find(filterOf(query), query.limit ?? limitDefault).map(summaryOf),
    ring: { size: traces.size, max: traces.max, since: timeText(traces.sinceTs) },
  }))

  register(operations.trace, async ({ params: { id }, caller, reply }) => {
    const trace = traces.get(id)
    if (trace === undefined) throw new AckstoneError('TRACE_NOT_FOUND', { id })
    const isHidden = hidesPayloads && caller.role === 'viewer'
    return reply.type('application/json').send(traceText(trace, isHidden))
  })

  register(operations.deliveryHistory, async () => ({
    stepSeconds: 60,
    points: watching.history.points().map(({ atTs, ...point }) => ({ at: timeText(atTs), ...point })),
  }))
}
