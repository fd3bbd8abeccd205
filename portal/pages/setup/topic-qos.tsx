// The QoS of each topic filter by itself.
import { Field } from '../../ui/field.tsx'
import { Select } from '../../ui/select.tsx'
import { useSetupDraft } from './draft-context.ts'
import type { Qos } from './draft.ts'
import { qosLevels } from './qos-levels.ts'

export function TopicQos() {
  const { draft, change } = useSetupDraft()
  return (
    <fieldset className="stack">
      <legend className="radio-cards-legend">How much may be lost or repeated, by topic?</legend>
      {draft.topics.map((topic, index) => (
        <Field key={index} label={<code className="break">{topic.filter}</code>}>
          {(control) => (
            <Select
              {...control}
              value={String(topic.qos)}
              onChange={(value) =>
                change({ topics: draft.topics.with(index, { ...topic, qos: Number(value) as Qos }) })
              }
              options={qosLevels.map(({ qos, title }) => ({
                value: String(qos),
                label: `QoS ${qos}: ${title}`,
              }))}
            />
          )}
        </Field>
      ))}
    </fieldset>
  )
}
