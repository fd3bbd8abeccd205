// From a topic name to the integrations that want it. Asked for every message, so answers are remembered
// until an integration changes.
import type { Route, Router, RouteTarget } from '../ingest/contract.ts'
import { FilterTree } from '../mqtt/filter-tree.ts'
import { captures } from '../mqtt/topic.ts'
import type { Endpoint } from './endpoint.ts'

/** Topic names whose route is remembered; beyond it the memory starts anew. */
export const routesRememberedMax = 50_000

export class TopicRouter implements Router {
  #tree = new FilterTree<Endpoint>()
  readonly #endpoints = new Map<string, readonly Endpoint[]>()
  readonly #routes = new Map<string, Route>()
  #hasPreparing = false

  get hasPreparing(): boolean {
    return this.#hasPreparing
  }

  route(topic: string): Route {
    const known = this.#routes.get(topic)
    if (known !== undefined) return known
    const route = { targets: this.#targets(topic) }
    if (this.#routes.size >= routesRememberedMax) this.#routes.clear()
    this.#routes.set(topic, route)
    return route
  }

  /** Takes the endpoints of an integration in place of those it had; none: it wants nothing more. */
  replace(integration: string, endpoints: readonly Endpoint[]): void {
    for (const endpoint of this.#endpoints.get(integration) ?? []) {
      this.#tree.remove(endpoint.named.filter, endpoint)
    }
    for (const endpoint of endpoints) this.#tree.add(endpoint.named.filter, endpoint)
    if (endpoints.length === 0) this.#endpoints.delete(integration)
    else this.#endpoints.set(integration, endpoints)
    this.#routes.clear()
    this.#hasPreparing = [...this.#endpoints.values()].some((endpoints) =>
      endpoints.some(({ converter }) => converter.prepare !== undefined),
    )
  }

  /** One target for each integration: its matching endpoint with the highest QoS. */
  #targets(topic: string): RouteTarget[] {
    const best = new Map<string, Endpoint>()
    this.#tree.match(topic, (endpoint) => {
      const other = best.get(endpoint.integration)
      if (other === undefined || endpoint.qos > other.qos) best.set(endpoint.integration, endpoint)
    })
    return [...best.values()].map((endpoint) => targetOf(endpoint, topic))
  }
}

export function targetOf(endpoint: Endpoint, topic: string): RouteTarget {
  return {
    integration: endpoint.integration,
    qos: endpoint.qos,
    duplicates: endpoint.duplicates,
    converter: endpoint.converter,
    captures: captures(topic, endpoint.named),
    conversation: endpoint.conversation,
  }
}
