// Step 2: which topics are taken. Filters are checked as they are typed; listening shows what comes on them now.
import { Button, IconButton } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { Field } from '../../ui/field.tsx'
import { Input } from '../../ui/input.tsx'
import { useSetupDraft } from './draft-context.ts'
import type { DraftTopic } from './draft.ts'
import { findingsOf, overlaps } from './filters.ts'
import { Listening } from './listening.tsx'
import { StepEnd } from './step-end.tsx'

const topicsMax = 100

export function TopicsStep() {
  const { draft, change } = useSetupDraft()
  const { topics, kind } = draft
  const set = (changed: DraftTopic[]) => change({ topics: changed })
  const shared = overlaps(topics.map(({ filter }) => filter))
  return (
    <>
      <div className="stack">
        <p>
          <code>{'{device}'}</code> stands for the level that names the device, <code>{'{key}'}</code> for the
          one that names what is measured. <code>+</code> stands for any level, <code>#</code> for all that
          follow.
        </p>
        {topics.map((topic, index) => (
          <TopicRow
            key={index}
            topic={topic}
            number={index + 1}
            isOnly={topics.length === 1}
            onChange={(filter) => set(topics.with(index, { ...topic, filter }))}
            onRemove={() => set(topics.toSpliced(index, 1))}
          />
        ))}
        <div className="row">
          <Button
            icon="plus"
            lacks={
              topics.length >= topicsMax
                ? `An integration has at most ${topicsMax} topic filters.`
                : undefined
            }
            onClick={() =>
              set([...topics, { filter: '', qos: draft.isQosByTopic ? 0 : (topics[0]?.qos ?? 0) }])
            }
          >
            Add a filter
          </Button>
        </div>
        {shared.map((sentence) => (
          <Callout key={sentence} kind="info">
            {sentence}
          </Callout>
        ))}
        {kind === 'bridge' && <Connections />}
      </div>
      <Listening />
      <StepEnd />
    </>
  )
}

interface TopicRowProps {
  topic: DraftTopic
  number: number
  isOnly: boolean
  onChange: (filter: string) => void
  onRemove: () => void
}

function TopicRow({ topic, number, isOnly, onChange, onRemove }: TopicRowProps) {
  const findings = topic.filter === '' ? [] : findingsOf(topic.filter)
  const error = findings.find(({ kind }) => kind === 'error')?.sentence
  const hint = findings.find(({ kind }) => kind !== 'error')?.sentence
  return (
    <div className="topic-row">
      <Field label={`Topic filter ${number}`} error={error} hint={hint}>
        {(control) => (
          <Input
            {...control}
            isMono
            value={topic.filter}
            placeholder="plant/{device}/telemetry"
            onChange={onChange}
          />
        )}
      </Field>
      <IconButton
        icon="trash"
        kind="quiet"
        label={`Remove topic filter ${number}`}
        lacks={isOnly ? 'An integration needs at least one topic filter.' : undefined}
        onClick={onRemove}
      />
    </div>
  )
}

function Connections() {
  const { draft, change } = useSetupDraft()
  const isShared = draft.topics.some(({ filter }) => filter.trim().startsWith('$share/'))
  if (!isShared && draft.connections === '1') return null
  return (
    <Field
      label="Connections"
      hint="Several connections share the messages of a $share filter between them, where one is not fast enough."
      error={
        !isShared && draft.connections !== '1'
          ? 'Several connections need a filter that begins with $share/.'
          : undefined
      }
    >
      {(control) => (
        <Input
          {...control}
          type="number"
          min={1}
          max={16}
          value={draft.connections}
          onChange={(connections) => change({ connections })}
        />
      )}
    </Field>
  )
}
