// Each sample beside what it gives: readings, or the reason why it can't be read. A sample of one's own can be typed.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button, IconButton } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { Input, Textarea } from '../../ui/input.tsx'
import { JsonView } from '../../ui/json-view.tsx'
import { State } from '../../ui/state.tsx'
import { useSetupDraft } from './draft-context.ts'
import { readSamples, type SampleInput, type SampleResult } from './hub.ts'
import { ReadingsTable } from './readings-table.tsx'
import { beginningOf } from './samples.tsx'

export function SampleResults() {
  const { draft } = useSetupDraft()
  const [own, setOwn] = useState<SampleInput>()
  const [at, setAt] = useState(0)
  const samples: SampleInput[] = [...(own === undefined ? [] : [own]), ...(draft.seen?.samples ?? [])]
  const read = useQuery({
    queryKey: ['read-samples', draft.converter, draft.topics, samples],
    queryFn: ({ signal }) => readSamples(draft, samples, signal),
    enabled: samples.length > 0,
    placeholderData: (before) => before,
    retry: false,
  })
  const results = read.data ?? []
  const chosen = Math.min(at, Math.max(0, samples.length - 1))
  const good = results.filter((result) => result?.error === null).length
  return (
    <section className="panel stack" aria-label="What the samples give">
      <div className="row-apart">
        <h2>What the samples give</h2>
        {samples.length > 1 && (
          <span className="row">
            <IconButton
              size="small"
              icon="left"
              label="Sample before"
              onClick={() => setAt((chosen - 1 + samples.length) % samples.length)}
            />
            <span className="number">
              {chosen + 1} of {samples.length}
            </span>
            <IconButton
              size="small"
              icon="right"
              label="Next sample"
              onClick={() => setAt((chosen + 1) % samples.length)}
            />
          </span>
        )}
      </div>
      {read.error !== null && <ErrorState error={read.error} />}
      {samples.length === 0 ? (
        <p className="soft">There are no samples. Listen in the step Topics, or type one below.</p>
      ) : (
        <>
          <p role="status">
            {good} of {samples.length} can be read.
          </p>
          <Pair sample={samples[chosen]} result={results[chosen]} />
        </>
      )}
      <OwnSample
        topic={samples[chosen]?.topic ?? exampleTopic(draft.topics[0]?.filter ?? '')}
        onTry={(sample) => (setOwn(sample), setAt(0))}
      />
    </section>
  )
}

function exampleTopic(filter: string): string {
  return filter
    .replace(/^\$share\/[^/]*\//, '')
    .replace('{device}', 'd1')
    .replace('{key}', 'temp')
    .replaceAll('+', 'x')
    .replace('#', 'x')
}

function Pair({ sample, result }: { sample: SampleInput | undefined; result: SampleResult | undefined }) {
  if (sample === undefined) return null
  return (
    <div className="sample-pair">
      <div className="stack-s">
        <code className="break">{sample.topic}</code>
        {sample.payload === null ? (
          <code className="break">{beginningOf(sample)}</code>
        ) : (
          <JsonView text={sample.payload} />
        )}
      </div>
      <div className="stack-s">
        {result === undefined && <p className="soft">No filter of this integration takes this topic.</p>}
        {result !== undefined && result.error !== null && (
          <Callout kind="error" title={result.error.reason}>
            Such a message is kept with this reason under <em>Rejected</em>, acknowledged, and can be read
            again later.
          </Callout>
        )}
        {result !== undefined && result.error === null && (
          <>
            <State of="stored">
              {result.readings.length === 1 ? '1 reading' : `${result.readings.length} readings`}
            </State>
            <ReadingsTable caption="Readings of this sample" readings={result.readings} />
          </>
        )}
      </div>
    </div>
  )
}

function OwnSample({ topic: first, onTry }: { topic: string; onTry: (sample: SampleInput) => void }) {
  const [topic, setTopic] = useState<string>()
  const [payload, setPayload] = useState('{"temp":21.5}')
  return (
    <details className="guide">
      <summary>Try a message of your own</summary>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          onTry({ topic: topic ?? first, payload, payloadBase64: null })
        }}
      >
        <Field label="Topic name">
          {(control) => <Input {...control} isMono value={topic ?? first} onChange={setTopic} />}
        </Field>
        <Field label="Payload">
          {(control) => <Textarea {...control} isMono value={payload} onChange={setPayload} />}
        </Field>
        <div className="row">
          <Button type="submit">Read it</Button>
        </div>
      </form>
    </details>
  )
}
