// The end of a step: back and on, with the reason when one can't go on yet.
import { Button } from '../../ui/button.tsx'
import { useSetupDraft } from './draft-context.ts'
import { stepIds } from './draft.ts'
import { lacksOf } from './step-lacks.ts'

const nextLabels = {
  source: 'Next: topics',
  topics: 'Next: Quality of Service',
  qos: 'Next: converter',
  converter: 'Next: check and save',
  check: '',
} as const

export function StepEnd() {
  const { draft, go } = useSetupDraft()
  const at = stepIds.indexOf(draft.step)
  const before = stepIds[at - 1]
  const next = stepIds[at + 1]
  return (
    <div className="row setup-end">
      {before !== undefined && (
        <Button icon="left" onClick={() => go(before)}>
          Back
        </Button>
      )}
      {next !== undefined && (
        <Button kind="primary" lacks={lacksOf(draft, draft.step)} onClick={() => go(next)}>
          {nextLabels[draft.step]}
        </Button>
      )}
    </div>
  )
}
