// Step 4: how payloads become readings. The converter is suggested from the samples, its options are a form, and
// beside each sample stands what it gives or why it can't be read.
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { call } from '../../data/client.ts'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { RadioCards } from '../../ui/choice.tsx'
import { Select } from '../../ui/select.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { ConverterOptions } from './converter-options.tsx'
import { useSetupDraft } from './draft-context.ts'
import { namesDevice } from './filters.ts'
import { detectConverter, type OptionsSchema } from './hub.ts'
import { percent } from './seen-figures.tsx'
import { SampleResults } from './sample-results.tsx'
import { StepEnd } from './step-end.tsx'

export function ConverterStep() {
  const { draft, change } = useSetupDraft()
  const kinds = useQuery({
    queryKey: ['converters'],
    queryFn: ({ signal }) => call('listConverters', { signal }),
    staleTime: Infinity,
  })
  if (kinds.isPending) return <Skeleton label="Converters" />
  if (kinds.error !== null) return <ErrorState error={kinds.error} onRetry={() => void kinds.refetch()} />
  const kind = kinds.data.items.find(({ type }) => type === draft.converter.type)
  return (
    <>
      <Suggestion />
      <Field label="Converter" hint={kind?.about}>
        {(control) => (
          <Select
            {...control}
            value={draft.converter.type}
            onChange={(type) => change({ converter: { type }, isConverterChosen: true })}
            options={kinds.data.items.map(({ type, title }) => ({
              value: type,
              label: `${title} (${type})`,
            }))}
          />
        )}
      </Field>
      {kind !== undefined && <ConverterOptions schema={kind.options as OptionsSchema} />}
      <DeviceHint />
      <SampleResults />
      <RadioCards
        legend="When the same row comes again"
        value={draft.duplicates}
        onChange={(duplicates) => change({ duplicates })}
        cards={[
          {
            value: 'overwrite',
            title: 'The last write stays',
            text: 'A repeat overwrites its own row with the same value. A corrected value replaces the wrong one.',
          },
          {
            value: 'ignore',
            title: 'The first write stays',
            text: 'Whatever comes later for the same device, key and time is ignored and counted.',
          },
        ]}
      />
      <StepEnd />
    </>
  )
}

/** What the samples look like; taken at once while nobody has chosen, offered afterwards. */
function Suggestion() {
  const { draft, change } = useSetupDraft()
  const samples = draft.seen?.samples ?? []
  const found = useQuery({
    queryKey: ['detect', draft.seen?.at, draft.topics],
    queryFn: ({ signal }) => detectConverter(draft, samples, signal),
    enabled: samples.length > 0,
    staleTime: Infinity,
  })
  const best = found.data?.[0]
  const isTaken = best !== undefined && best.type === draft.converter.type
  useEffect(() => {
    if (best === undefined || draft.isConverterChosen || isTaken) return
    change({ converter: { ...best.options, type: best.type } })
  }, [best, isTaken, draft.isConverterChosen, change])
  if (best === undefined) return null
  return (
    <Callout
      kind="good"
      title={`The samples look like ${best.type} (${percent(best.score)})`}
      actions={
        !isTaken && (
          <Button
            size="small"
            onClick={() =>
              change({ converter: { ...best.options, type: best.type }, isConverterChosen: false })
            }
          >
            Take {best.type}
          </Button>
        )
      }
    >
      {best.why.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </Callout>
  )
}

const deviceInPayload = new Set(['assetwolf', 'thingsboard-gateway', 'senml', 'line-protocol', 'sparkplug-b'])

function DeviceHint() {
  const { draft } = useSetupDraft()
  const lacking = draft.topics.filter(({ filter }) => filter.trim() !== '' && !namesDevice(filter))
  const { type, deviceKey } = draft.converter
  if (lacking.length === 0 || deviceInPayload.has(type) || deviceKey !== undefined || type !== 'json')
    return null
  const whose =
    draft.kind === 'direct'
      ? 'the readings belong to the device that publishes'
      : 'the payload has to name the device (deviceKey)'
  return (
    <Callout kind="info">
      {lacking.length === 1 ? <code>{lacking[0]?.filter}</code> : 'Some filters'} has no level {'{device}'}:{' '}
      {whose}.
    </Callout>
  )
}
