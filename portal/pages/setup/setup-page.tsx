// The Integration Setup procedure: source, topics, Quality of Service, converter, check and save. One page for each
// step; the address holds draft and step, and going back loses nothing.
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useSearchParams } from 'wouter'
import { Callout } from '../../ui/callout.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Stepper, type Step } from '../../ui/stepper.tsx'
import { useLacks } from '../../data/session.ts'
import { CheckStep } from './check-step.tsx'
import { ConverterStep } from './converter-step.tsx'
import { SetupContext, type Setup } from './draft-context.ts'
import { keepDraft, loadDraft, newDraft, newDraftId, stepIds, type Draft, type StepId } from './draft.ts'
import { QosStep } from './qos-step.tsx'
import { RightRail } from './right-rail.tsx'
import { SourceStep } from './source-step.tsx'
import { lacksOf } from './step-lacks.ts'
import { TopicsStep } from './topics-step.tsx'
import './setup.css'

const labels: Readonly<Record<StepId, string>> = {
  source: 'Source',
  topics: 'Topics',
  qos: 'Quality of Service',
  converter: 'Converter',
  check: 'Check and save',
}

const components: Readonly<Record<StepId, () => React.ReactNode>> = {
  source: SourceStep,
  topics: TopicsStep,
  qos: QosStep,
  converter: ConverterStep,
  check: CheckStep,
}

export function SetupPage() {
  const setup = useDraftInAddress()
  const lacks = useLacks('operator')
  const { draft, go } = setup
  const steps = stepIds.map((id, index): Step => {
    const before = stepIds.slice(0, index).find((each) => lacksOf(draft, each) !== undefined)
    const isFar = index >= draft.reached || before !== undefined
    const missing =
      before === undefined ? 'Go through the steps before it first.' : `First: ${lacksOf(draft, before)}`
    return {
      id,
      label: labels[id],
      isDone: index < draft.reached - 1 && lacksOf(draft, id) === undefined,
      lacks: isFar ? missing : undefined,
    }
  })
  const StepComponent = components[draft.step]
  const title = draft.changes === undefined ? 'Set up an integration' : `Change “${draft.name}”`
  return (
    <SetupContext value={setup}>
      <div className="stack-l">
        <PageHeader
          title={title}
          about="An integration says where messages come from, how safely they are stored, and how they are read."
        />
        {lacks !== undefined && (
          <Callout kind="info" title="You can look, and not save">
            {lacks}
          </Callout>
        )}
        <Stepper
          label="Steps of the setup"
          steps={steps}
          current={draft.step}
          onGo={(id) => go(id as StepId)}
        />
        <div className="setup">
          <section className="setup-step stack-l" aria-label={labels[draft.step]} key={draft.step}>
            <StepComponent />
          </section>
          <RightRail />
        </div>
      </div>
    </SetupContext>
  )
}

/** The draft that the address names, or a new one that it names from now on. */
function useDraftInAddress(): Setup {
  const [search, setSearch] = useSearchParams()
  const id = search.get('draft')
  const asked = stepIds.find((step) => step === search.get('step'))
  const [kept, setKept] = useState<Draft>(() => {
    const named = id === null ? undefined : loadDraft(id)
    return named ?? newDraft(id ?? newDraftId())
  })
  const isTouched = useRef(false)
  // The browser's own Back moves between the steps that have been reached.
  const step = asked !== undefined && stepIds.indexOf(asked) < kept.reached ? asked : kept.step
  useEffect(() => {
    if (id === kept.id && asked === step) return
    setSearch(new URLSearchParams({ draft: kept.id, step }), { replace: true })
  }, [id, asked, step, kept.id, setSearch])
  useEffect(() => {
    if (isTouched.current) keepDraft(kept)
  }, [kept])
  const change = useCallback(
    (changes: Partial<Draft>) => {
      isTouched.current = true
      setKept((before) => ({ ...before, ...changes }))
    },
    [setKept],
  )
  const go = useCallback(
    (next: StepId) => {
      const reached = stepIds.indexOf(next) + 1
      setKept((before) => ({ ...before, step: next, reached: Math.max(before.reached, reached) }))
      setSearch(new URLSearchParams({ draft: kept.id, step: next }))
      scrollTo({ top: 0 })
    },
    [kept.id, setKept, setSearch],
  )
  return useMemo(() => ({ draft: { ...kept, step }, change, go }), [kept, step, change, go])
}
