// The names that people know things by, where an address or a message has only the identifier.
import { useOperation } from './queries.ts'

/** The identifier itself until the name is known, or when there is none. */
export function useIntegrationName(id: string): string {
  const integrations = useOperation('listIntegrations', {})
  return integrations.data?.items.find((each) => each.id === id)?.name ?? id
}

export function useScriptName(id: string): string {
  const scripts = useOperation('listScripts', {})
  return scripts.data?.items.find((each) => each.id === id)?.name ?? id
}
