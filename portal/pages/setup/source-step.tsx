// Step 1: where messages come from. Devices connect to this hub, or the hub attaches to a broker that they use already.
import { RadioCards } from '../../ui/choice.tsx'
import { ConnectionForm } from './connection-form.tsx'
import { ConnectionTest } from './connection-test.tsx'
import { useSetupDraft } from './draft-context.ts'
import { StepEnd } from './step-end.tsx'

export function SourceStep() {
  const { draft, change } = useSetupDraft()
  const isChange = draft.changes !== undefined
  const fixed = isChange ? 'What an integration is can’t be changed later; set up another one.' : undefined
  return (
    <>
      <RadioCards
        legend="Where do the messages come from?"
        value={draft.kind}
        onChange={(kind) => change({ kind })}
        cards={[
          {
            value: 'direct',
            title: 'Devices connect to this hub',
            text: 'They publish to Ackstone over MQTT. Their answer comes from here, after the reading is stored.',
            lacks: draft.kind === 'direct' ? undefined : fixed,
          },
          {
            value: 'bridge',
            title: 'Attach another broker',
            text: 'Ackstone subscribes to a broker that you run already, and acknowledges to it only what is stored.',
            lacks: draft.kind === 'bridge' ? undefined : fixed,
          },
        ]}
      />
      {draft.kind === 'bridge' && (
        <>
          <ConnectionForm />
          <ConnectionTest />
        </>
      )}
      <StepEnd />
    </>
  )
}
