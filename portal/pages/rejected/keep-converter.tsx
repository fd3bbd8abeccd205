// Keeps a converter that was tried on a rejected message: the integration reads with it from now on, and what was
// rejected is retried.
import { call } from '../../data/client.ts'
import { useChange } from '../../data/change.ts'
import { useLacks } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'

interface KeepConverterProps {
  integration: string
  converter: Record<string, unknown>
  onKept: () => void
}

export function KeepConverter({ integration: id, converter, onKept }: KeepConverterProps) {
  const notAllowed = useLacks('operator')
  const change = useChange('listIntegrations', 'getIntegration')
  const lacks =
    notAllowed ??
    (id === 'device-api'
      ? 'The ready-made integration has its own converters; set up an integration of your own.'
      : undefined)
  const keep = async (): Promise<void> => {
    const isDone = await change.run(async () => {
      const {
        id: _id,
        managed: _managed,
        createdAt: _createdAt,
        updatedAt: _updatedAt,
        ...draft
      } = await call('getIntegration', { params: { id } })
      await call('replaceIntegration', {
        params: { id },
        body: { ...draft, converter: converter as { type: string } },
      })
    })
    if (isDone) onKept()
  }
  return (
    <>
      <Button icon="check" lacks={lacks} isBusy={change.isBusy} onClick={() => void keep()}>
        Keep this converter and retry all
      </Button>
      {change.error !== undefined && <ErrorState error={change.error} />}
    </>
  )
}
