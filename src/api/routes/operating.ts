// What operators and their tools ask: health, readiness, metrics, storage, version; the description of the API; and
// the portal for whoever opens the address in a browser.
import { operations } from '../contract.ts'
import { metricsText } from '../metrics.ts'
import { openApi } from '../openapi.ts'
import type { ApiParts } from '../parts.ts'
import type { StoreMeasured } from '../../storage/store.ts'
import type { Register } from '../route.ts'
import type { SendPage } from '../static.ts'

export function operatingRoutes(register: Register, parts: ApiParts, sendPage: SendPage): void {
  const { store, version } = parts

  register(operations.healthz, async () => ({ status: 'ok' }))

  register(operations.readyz, async ({ reply }) => {
    const reasons = parts.notReady()
    const stored = store.health().durability
    if (reasons.length === 0) return { status: 'ready', reasons, stored }
    reply.code(503).header('Retry-After', '5')
    return { status: 'not ready', reasons, stored }
  })

  register(operations.metrics, async ({ reply }) => {
    const text = metricsText(parts, await store.describe())
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(text)
  })

  register(operations.version, async () => ({ name: 'ackstone', version, node: process.versions.node }))

  register(operations.storage, async () => {
    const { engine, durability, location, sizeBytes, measured } = await store.describe()
    const { isWritable, code, sentence } = store.health()
    const health = { writable: isWritable, code: code ?? null, sentence }
    return { name: engine, durability, location, sizeBytes, measured: measuredOf(measured), health }
  })

  const description = JSON.stringify(openApi(version))
  register(operations.openapi, async ({ reply }) => reply.type('application/json').send(description))

  register(operations.page, async ({ reply }) => sendPage(reply))
}

function measuredOf({ syncMs, commitMs, freeBytes, growthBytesPerDay, cluster }: StoreMeasured) {
  return {
    syncMs: syncMs ?? null,
    commitMs: commitMs ?? null,
    freeBytes: freeBytes ?? null,
    growthBytesPerDay: growthBytesPerDay ?? null,
    cluster: cluster ?? null,
  }
}
