// Tries the payload of a message on a converter; nothing is stored. It begins with the converter of an integration and
// can be changed at will; where somebody may, the change can be kept.
import { useState, type ReactNode } from 'react'
import { useChange } from '../../data/change.ts'
import { call, type AnswerOf } from '../../data/client.ts'
import { useOperation } from '../../data/queries.ts'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { moment, valueText } from '../../ui/format.ts'
import { Textarea } from '../../ui/input.tsx'
import { Select } from '../../ui/select.tsx'
import { Table } from '../../ui/table.tsx'
import { converterToTry, filterFor } from './converter-to-try.ts'

/** A message that can be tried. */
export interface Replayed {
  integration: string
  topic: string
  device: string
  payload: { text: string | null; base64: string | null }
}

interface ReplayPanelProps {
  message: Replayed
  /** What can be done with a converter that reads it; it gets the converter as it is now. */
  actions?: (converter: Record<string, unknown>) => ReactNode
}

type Result = AnswerOf<'testConverter'>['samples'][number]

export function ReplayPanel({ message, actions }: ReplayPanelProps) {
  const integrations = useOperation('listIntegrations', {})
  if (integrations.error !== null) {
    return <ErrorState error={integrations.error} onRetry={() => void integrations.refetch()} />
  }
  if (integrations.data === undefined) return null
  return <Replay message={message} items={integrations.data.items} actions={actions} />
}

interface ReplayProps extends ReplayPanelProps {
  items: AnswerOf<'listIntegrations'>['items']
  actions: ReplayPanelProps['actions']
}

function Replay({ message, items, actions }: ReplayProps) {
  const [from, setFrom] = useState(
    items.find(({ id }) => id === message.integration)?.id ?? items[0]?.id ?? '',
  )
  const chosen = items.find(({ id }) => id === from)
  const start = (integration: typeof chosen): string =>
    JSON.stringify(converterToTry(integration?.converter, message.topic), undefined, 2)
  const [text, setText] = useState(start(chosen))
  /** What a converter gave, and which one: it may be another by the time the answer is there. */
  const [tried, setTried] = useState<{ text: string; result: Result | undefined }>()
  const { isBusy, error, run } = useChange()
  const converter = parsed(text)
  const result = tried?.text === text ? tried.result : undefined
  const test = () =>
    run(async () => {
      if (converter === undefined) return
      setTried(undefined)
      const { topic, device, payload } = message
      const { text: plain, base64 } = payload
      const filter = filterFor(chosen?.topics ?? [], topic)
      const answer = await call('testConverter', {
        body: {
          converter: converter as { type: string },
          topic,
          ...(filter !== undefined && { filter }),
          ...(device !== '' && { device }),
          ...(plain === null ? { payloadBase64: base64 ?? '' } : { payload: plain }),
        },
      })
      setTried({ text, result: answer.samples[0] })
    })
  return (
    <section className="panel stack" aria-label="Replay through a converter">
      <Field label="Converter of">
        {(control) => (
          <Select
            {...control}
            value={from}
            options={items.map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(id) => {
              setFrom(id)
              setText(start(items.find((each) => each.id === id)))
            }}
          />
        )}
      </Field>
      <Field
        label="Converter"
        hint="JSON, as the API takes it. Change it and try again; nothing is stored by trying."
        error={converter === undefined ? 'This is not a JSON object with a "type".' : undefined}
      >
        {(control) => <Textarea {...control} isMono rows={8} value={text} onChange={setText} />}
      </Field>
      <div className="row">
        <Button
          kind="primary"
          icon="play"
          isBusy={isBusy}
          lacks={converter === undefined ? 'The converter is not JSON yet.' : undefined}
          onClick={() => void test()}
        >
          Try
        </Button>
        {result !== undefined && result.error === null && converter !== undefined && actions?.(converter)}
      </div>
      {error !== undefined && <ErrorState error={error} />}
      {result !== undefined && <ResultView result={result} />}
    </section>
  )
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isSpec = typeof value === 'object' && value !== null && 'type' in value
    return isSpec ? (value as Record<string, unknown>) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function ResultView({ result }: { result: Result }) {
  const { error, readings } = result
  return (
    <div className="stack" role="status">
      {error !== null && <Callout kind="error" title={error.reason}>{`Code ${error.code}.`}</Callout>}
      {error === null && readings.length === 0 && (
        <Callout kind="warning" title="The converter reads it, and finds no readings in it." />
      )}
      {readings.length > 0 && (
        <Table
          caption="Readings that the converter gives"
          rows={readings.slice(0, 100).map((reading, index) => ({ ...reading, index }))}
          keyOf={({ index }) => String(index)}
          columns={[
            { id: 'device', title: 'Device', cell: ({ device }) => device },
            { id: 'key', title: 'Key', cell: ({ key }) => <code>{key}</code> },
            {
              id: 'value',
              title: 'Value',
              cell: ({ value }) => <code className="break">{valueText(value)}</code>,
            },
            { id: 'ts', title: 'Time', cell: ({ ts }) => (ts === null ? 'when it comes' : moment(ts)) },
          ]}
        />
      )}
    </div>
  )
}
