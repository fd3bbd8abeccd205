// What the API takes of an integration that it gave: everything but what the hub says of it alone.
import type { Integration } from './integration-api.ts'

export function bodyOf(integration: Integration): Record<string, unknown> {
  const { id: _, managed: __, createdAt: ___, updatedAt: ____, connection, ...body } = integration
  if (connection === undefined) return body
  // Secrets that are not mentioned stay.
  const { passwordSet: _____, keySet: ______, ...open } = connection
  return { ...body, connection: open }
}
