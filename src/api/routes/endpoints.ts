// Where devices connect, and with which options the hub runs.
import { operations } from '../contract.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'

const everywhere = new Set(['0.0.0.0', '[::]', '::'])

export function endpointRoutes(register: Register, { addresses, settings, access }: ApiParts): void {
  register(operations.endpoints, async ({ request }) => {
    const { mqtt, mqtts, http, isHttps } = addresses()
    // Listening everywhere, it is reached where this request has reached it.
    const place = (address: string): { host: string; port: number } => {
      const colon = address.lastIndexOf(':')
      const host = address.slice(0, colon)
      return { host: everywhere.has(host) ? request.hostname : host, port: Number(address.slice(colon + 1)) }
    }
    const { host, port } = place(http)
    const secure = isHttps ? 's' : ''
    return {
      mqtt: place(mqtt),
      mqtts: mqtts === undefined ? null : place(mqtts),
      ws: { url: `ws${secure}://${host}:${port}/mqtt` },
      http: { url: `http${secure}://${host}:${port}` },
      devicesNeedCredentials: !access.isAnonymousAllowed,
    }
  })

  register(operations.settings, async () => settings())
}
