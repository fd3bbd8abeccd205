// A round trip over MQTT for a draft of an integration, over HTTP.
import { AckstoneError } from '../../errors.ts'
import { operations } from '../contract.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'
import { draftOf } from './integrations.ts'

export function proofRoutes(register: Register, { integrations, prover }: ApiParts): void {
  register(operations.proveIntegration, async ({ body }) => {
    const draft = draftOf(body)
    if (draft.kind !== 'direct') {
      const detail =
        'Only what devices publish to this hub can be proved; a bridge is tried with POST /integrations/test.'
      throw new AckstoneError('INTEGRATION_INVALID', { count: 1 }, undefined, [{ pointer: '/kind', detail }])
    }
    integrations.preview(draft)
    const steps = await prover.prove(draft)
    return { ok: steps.every(({ status }) => status !== 'failed'), steps }
  })
}
