// Step 3, the heart: how much may be lost or repeated. Three cards in full sentences with QoS 0 preselected; a
// drawing of who sends what; what each level costs; and a recommendation from what was seen, which changes nothing
// by itself.
import { Badge } from '../../ui/state.tsx'
import { Checkbox, RadioCards } from '../../ui/choice.tsx'
import { useSetupDraft } from './draft-context.ts'
import type { Qos } from './draft.ts'
import { QosAdvice } from './qos-advice.tsx'
import { QosCosts } from './qos-costs.tsx'
import { QosDiagrams } from './qos-diagrams.tsx'
import { QosGuidance } from './qos-guidance.tsx'
import { qosLevels } from './qos-levels.ts'
import { StepEnd } from './step-end.tsx'
import { TopicQos } from './topic-qos.tsx'
import { useAdvice } from './use-advice.ts'

export function QosStep() {
  const { draft, change } = useSetupDraft()
  const advice = useAdvice(draft)
  const chosen = draft.topics[0]?.qos ?? 0
  const hasSeveral = draft.topics.length > 1
  const choose = (qos: Qos) =>
    change({ topics: draft.topics.map((topic) => ({ ...topic, qos })), isQosByTopic: false })
  return (
    <>
      {draft.isQosByTopic ? (
        <TopicQos />
      ) : (
        <RadioCards
          legend="How much may be lost or repeated?"
          value={String(chosen) as '0' | '1' | '2'}
          onChange={(value) => choose(Number(value) as Qos)}
          cards={qosLevels.map((level) => ({
            value: String(level.qos) as '0' | '1' | '2',
            title: `QoS ${level.qos}: ${level.title}`,
            badge:
              advice.data?.recommended === level.qos ? (
                <Badge tone="accent">recommended</Badge>
              ) : level.qos === 0 ? (
                <Badge>default</Badge>
              ) : undefined,
            text: (
              <>
                <span className="block">{level.promise}</span>
                <span className="block">
                  <strong>Can be lost:</strong> {level.lost}
                </span>
                <span className="block">
                  <strong>Can be repeated:</strong> {level.repeated}
                </span>
                <span className="block">
                  <strong>Good for:</strong> {level.goodFor}
                </span>
              </>
            ),
          }))}
        />
      )}
      {(hasSeveral || draft.isQosByTopic) && (
        <Checkbox
          label="Select the QoS of each topic filter by itself"
          isChecked={draft.isQosByTopic}
          onChange={(isQosByTopic) => (isQosByTopic ? change({ isQosByTopic }) : choose(chosen))}
        />
      )}
      <p className="soft">
        A message counts with the lower of two: the QoS it was published with and the QoS you select here.
        Devices that publish at QoS 0 gain nothing from a higher selection until they publish at it.
      </p>
      <QosAdvice advice={advice} seen={draft.seen} more="Listening in the step before tells more." />
      <QosDiagrams qos={chosen} sender={draft.kind === 'bridge' ? 'Broker' : 'Device'} />
      <QosCosts levels={advice.data?.levels} />
      <QosGuidance />
      <StepEnd />
    </>
  )
}
