// Listening to this hub's own endpoint, and advice on QoS, over HTTP.
import { AckstoneError } from '../../errors.ts'
import type { IntegrationDraft } from '../../integrations/integration.ts'
import type { ListenedMessage } from '../../lib/listening.ts'
import { operations } from '../contract.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'
import { readListened } from './integration-checks.ts'

export function listeningRoutes(register: Register, parts: ApiParts): void {
  const { integrations, watching, rules } = parts
  const { listenings } = watching

  register(operations.listen, async ({ body, reply }) => {
    const { topics, converter } = body
    // Without a converter, one that is there stands in, so that the filters are checked all the same.
    const draft: IntegrationDraft = {
      name: 'listening',
      kind: 'direct',
      topics,
      converter: converter ?? { type: 'json' },
    }
    const targetFor = integrations.preview(draft)
    const convert =
      converter === undefined
        ? undefined
        : (message: ListenedMessage) => readListened(parts, targetFor(message.topic), message)
    const id = listenings.start(
      topics.map(({ filter }) => filter),
      convert,
    )
    if (id === undefined) throw new AckstoneError('BUSY')
    reply.code(201)
    return { id }
  })

  register(operations.listened, async ({ params: { id } }) => {
    const listened = listenings.of(id)
    if (listened === undefined) throw new AckstoneError('LISTENING_NOT_FOUND', { id })
    return listened
  })

  register(operations.endListening, async ({ params: { id }, reply }) => {
    if (!listenings.end(id)) throw new AckstoneError('LISTENING_NOT_FOUND', { id })
    return reply.code(204).send()
  })

  register(operations.advice, async ({ body: { answers, statistics } }) =>
    rules.adviseQos(answers, statistics),
  )
}
