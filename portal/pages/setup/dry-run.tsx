// What would happen to the samples if the integration were running: how many readings for how many devices.
import { useQuery } from '@tanstack/react-query'
import { Callout } from '../../ui/callout.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useSetupDraft } from './draft-context.ts'
import { readSamples } from './hub.ts'

export function DryRun() {
  const { draft } = useSetupDraft()
  const samples = draft.seen?.samples ?? []
  const run = useQuery({
    queryKey: ['dry-run', draft.converter, draft.topics, samples],
    queryFn: ({ signal }) => readSamples(draft, samples, signal),
    enabled: samples.length > 0,
    retry: false,
  })
  if (run.error !== null) return <ErrorState error={run.error} />
  if (run.data === undefined) return null
  const read = run.data.filter((result) => result !== undefined)
  const readings = read.flatMap((result) => result.readings)
  const devices = new Set(readings.map(({ device }) => device)).size
  const bad = read.filter(({ error }) => error !== null)
  return (
    <Callout
      kind={bad.length === 0 ? 'good' : 'warning'}
      title={`Of the ${samples.length} samples, ${readings.length} readings would be stored for ${devices} ${devices === 1 ? 'device' : 'devices'}.`}
    >
      {bad.length > 0 && (
        <p>
          {bad.length} can’t be read: {bad[0]?.error?.reason}
        </p>
      )}
    </Callout>
  )
}
