// Integrations over HTTP: set up, shown, changed, removed, and tried out without saving anything.
import type { Downlink } from '../../commands/downlink.ts'
import { AckstoneError } from '../../errors.ts'
import type { IntegrationDraft, IntegrationRecord } from '../../integrations/integration.ts'
import type { z } from 'zod'
import { differencesOf } from '../audit-words.ts'
import { operations } from '../contract.ts'
import type { integrationDraft } from '../shapes.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'
import type { Waits } from '../waits.ts'

export function integrationRoutes(register: Register, parts: ApiParts, waits: Waits): void {
  const { integrations } = parts

  register(operations.listIntegrations, async () => ({ items: integrations.list().map(shown) }))

  register(operations.createIntegration, async ({ body, reply }) => {
    const record = await waits.until(integrations.create(draftOf(body)))
    reply.code(201).header('Location', `/api/v1/integrations/${record.id}`)
    return shown(record)
  })

  register(operations.getIntegration, async ({ params }) => {
    const record = integrations.get(params.id)
    if (record === undefined) throw new AckstoneError('INTEGRATION_NOT_FOUND', { id: params.id })
    return shown(record)
  })

  register(operations.replaceIntegration, async ({ params, body, tell }) => {
    const before = integrations.get(params.id)
    const after = shown(await waits.until(integrations.replace(params.id, draftOf(body))))
    const { updatedAt: _at, ...changed } = after
    tell({ target: after.name, changes: differencesOf(before === undefined ? {} : shown(before), changed) })
    return after
  })

  register(operations.removeIntegration, async ({ params, reply }) => {
    await waits.until(integrations.remove(params.id))
    return reply.code(204).send()
  })
}

/** The names of the API for the names inside; of secrets only whether there are any. */
function shown({ isEnabled, isManaged, createdAt, updatedAt, connection, ...record }: IntegrationRecord) {
  const rest = { ...record, enabled: isEnabled, managed: isManaged, createdAt, updatedAt }
  if (connection === undefined) return rest
  const { password, key, ...open } = connection
  return { ...rest, connection: { ...open, passwordSet: password !== undefined, keySet: key !== undefined } }
}

export function draftOf({ enabled, ...draft }: DraftBody): IntegrationDraft {
  const { name, kind, topics, converter, duplicates, connection, connections, downlink } = draft
  return {
    ...{ name, kind, topics, converter, duplicates, isEnabled: enabled },
    ...(connection !== undefined && { connection }),
    ...(connections !== undefined && { connections }),
    ...(downlink !== undefined && { downlink: downlink as Downlink }),
  }
}

type DraftBody = z.output<typeof integrationDraft>
