// What ackstone.yaml declares beyond plain options, held against what the API asks for: an integration that could not
// be made over the API is refused before anything starts, with its line, and so are certificates that can't be used.
import { draftOf } from './api/routes/integrations.ts'
import { integrationDraft } from './api/shapes.ts'
import { validate } from './api/validate.ts'
import type { LoadedConfig } from './config/load.ts'
import { AckstoneError, type FieldError } from './errors.ts'
import { checkDraft } from './integrations/draft.ts'
import type { IntegrationDraft } from './integrations/integration.ts'
import { silentLog } from './lib/log.ts'
import { Certificates } from './transport/certificates.ts'

/** The integrations of the file. The kind may be left out there: devices connect to this hub.
 *  @throws CONFIG_INVALID with one field for each fault. */
export function declaredIntegrations(loaded: LoadedConfig): IntegrationDraft[] {
  const faults: FieldError[] = []
  const names = new Set<string>()
  const drafts = loaded.values.integrations.flatMap((given, i): IntegrationDraft[] => {
    const complain = ({ pointer, detail }: FieldError): void => {
      faults.push(placed(loaded, `/integrations/${i}${pointer}`, detail))
    }
    try {
      const draft = draftOf(validate(integrationDraft, { kind: 'direct', ...given }, 'INTEGRATION_INVALID'))
      checkDraft(draft)
      if (names.has(draft.name)) {
        complain({ pointer: '/name', detail: `Another integration is called "${draft.name}" already.` })
      }
      names.add(draft.name)
      return [draft]
    } catch (error) {
      if (!(error instanceof AckstoneError) || error.fields.length === 0) throw error
      for (const fault of error.fields) complain(fault)
      return []
    }
  })
  if (faults.length > 0) throw invalid(faults)
  return drafts
}

/** All that can be found out without starting. @throws CONFIG_INVALID, TLS_INVALID */
export function checkDeclared(loaded: LoadedConfig): void {
  declaredIntegrations(loaded)
  const { cert, key = [], ca, minVersion } = loaded.values.tls
  if (cert !== undefined) void new Certificates({ cert, key, ca, minVersion }, silentLog)
}

/** What is declared under `access` is read by the part that keeps rights; what it refuses is a fault of the file. */
export function asFaultOfTheFile(error: unknown): unknown {
  if (!(error instanceof AckstoneError) || error.code !== 'ACCESS_INVALID') return error
  const found = error.fields.length > 0 ? error.fields : [{ pointer: '', detail: error.message }]
  return invalid(found.map(({ detail }) => ({ pointer: '/access', detail: `access: ${detail}` })))
}

/** With the line of the member, or of the nearest one around it that is there. */
function placed(loaded: LoadedConfig, pointer: string, detail: string): FieldError {
  const steps = pointer.split('/')
  const where = steps
    .map((_, i) => loaded.position(steps.slice(0, steps.length - i).join('/')))
    .find((position) => position !== undefined)
  return { pointer, detail: `${where ?? 'integrations'}: ${detail}` }
}

function invalid(fields: readonly FieldError[]): AckstoneError {
  const problems = fields.map(({ detail }) => detail).join('\n')
  return new AckstoneError('CONFIG_INVALID', { problems }, undefined, fields)
}
