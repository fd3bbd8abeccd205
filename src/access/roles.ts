// Roles: named sets of filters. Some are part of Ackstone, others declared in ackstone.yaml or made over the API.
import { AckstoneError } from '../errors.ts'
import { parseNamedFilter } from '../mqtt/topic.ts'
import type { Filters, Grants, Role } from './records.ts'
import type { Table } from './table.ts'

/** An integration, as far as rights are concerned. */
export interface IntegrationTopics {
  filters: readonly string[]
  /** Payloads name devices: whoever may publish there writes for others. */
  namesDevices: boolean
}

const downTopics = [
  'v1/devices/me/attributes',
  'v1/devices/me/attributes/response/+',
  'v1/devices/me/rpc/request/+',
]

export const builtInRoles: readonly Role[] = [
  {
    name: 'device',
    description: 'A device: its own telemetry, and what is sent to it.',
    publish: [
      'v1/devices/me/telemetry',
      'v2/t',
      'ack/{device}',
      'ack/{device}/{key}',
      'v1/devices/me/rpc/response/+',
    ],
    subscribe: [...downTopics, 'ack/{device}', 'ack/{device}/#'],
    hasIntegrations: true,
    isManaged: true,
  },
  {
    name: 'gateway',
    description: 'A gateway: telemetry of the devices behind it.',
    publish: ['v1/gateway/telemetry'],
    subscribe: [],
    hasIntegrations: false,
    isManaged: true,
  },
  {
    name: 'reader',
    description: 'Reads every topic.',
    publish: [],
    subscribe: ['#'],
    hasIntegrations: false,
    isManaged: true,
  },
  {
    name: 'everything',
    description: 'Publishes and subscribes to every topic.',
    publish: ['#'],
    subscribe: ['#', '$SYS/#'],
    hasIntegrations: false,
    isManaged: true,
  },
]

export class Roles {
  readonly #table: Table<Role>
  readonly #integrations: () => readonly IntegrationTopics[]
  /** Grows with each change of a role or an integration. */
  version = 0

  constructor(table: Table<Role>, integrations: () => readonly IntegrationTopics[]) {
    this.#table = table
    this.#integrations = integrations
  }

  /** Filters of the roles and their own together. A role that is gone gives nothing. */
  filtersOf(grants: Grants): Filters {
    const roles = grants.roles.flatMap((name) => this.#table.get(name) ?? [])
    const own = roles.some(({ hasIntegrations }) => hasIntegrations) ? this.#ofIntegrations() : []
    return {
      publish: [...own, ...roles.flatMap(({ publish }) => publish), ...grants.publish],
      subscribe: [...own, ...roles.flatMap(({ subscribe }) => subscribe), ...grants.subscribe],
    }
  }

  /** Filters with `{device}`: there a device can only be itself. */
  #ofIntegrations(): string[] {
    const open = this.#integrations().filter(({ namesDevices }) => !namesDevices)
    return open.flatMap(({ filters }) => filters.filter((filter) => filter.includes('{device}')))
  }

  /** @throws ACCESS_INVALID for filters that can't be read and roles that are not there. */
  check(grants: Grants): void {
    checkFilters(grants)
    for (const [at, name] of grants.roles.entries()) {
      if (this.#table.get(name) !== undefined) continue
      const known = this.#table.list().map((role) => role.name)
      throw invalid(`/roles/${at}`, `There is no role "${name}"; there are ${known.join(', ')}.`)
    }
  }
}

/** @throws ACCESS_INVALID */
export function checkFilters(filters: Filters): void {
  for (const member of ['publish', 'subscribe'] as const) {
    for (const [at, filter] of filters[member].entries()) {
      const named = parseNamedFilter(filter)
      const pointer = `/${member}/${at}`
      if ('error' in named) throw invalid(pointer, named.error)
      const other = named.names.find(({ name }) => name !== 'device' && name !== 'key')
      if (other !== undefined)
        throw invalid(pointer, `{${other.name}} has no meaning here; there are {device} and {key}.`)
      if (named.group !== undefined) throw invalid(pointer, 'A right is to topics, not to a shared group.')
    }
  }
}

export function invalid(pointer: string, detail: string): AckstoneError {
  return new AckstoneError('ACCESS_INVALID', { fault: detail }, undefined, [{ pointer, detail }])
}
