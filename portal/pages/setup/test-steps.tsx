// What was tried, one line each: how it went, how long it took, what to do where it failed.
import { duration } from '../../ui/format.ts'
import { State, type StateName } from '../../ui/state.tsx'
import type { TestStep } from './hub.ts'

const looks: Readonly<Record<TestStep['status'], { of: StateName; word: string }>> = {
  done: { of: 'connected', word: 'Done' },
  ok: { of: 'connected', word: 'Fine' },
  warning: { of: 'warning', word: 'Look here' },
  failed: { of: 'error', word: 'Failed' },
  skipped: { of: 'notWanted', word: 'Left out' },
}

const names: Readonly<Record<string, string>> = {
  dns: 'Name',
  tcp: 'TCP',
  tls: 'TLS',
  connect: 'Connect',
  subscribe: 'Subscribe',
  listen: 'Listen',
  publish: 'Publish',
  store: 'Store',
  acknowledge: 'Acknowledge',
  readBack: 'Read back',
  cleanUp: 'Clean up',
}

export function TestSteps({ steps }: { steps: readonly TestStep[] }) {
  return (
    <ol className="test-steps">
      {steps.map((step, index) => (
        <li key={index} className="test-step">
          <State of={looks[step.status].of}>{looks[step.status].word}</State>
          <strong>{names[step.step] ?? step.step}</strong>
          <span className="break">
            {step.sentence}
            {step.hint !== undefined && step.hint !== null && step.hint !== '' && (
              <span className="soft"> {step.hint}</span>
            )}
          </span>
          <span className="soft number">{step.ms === null ? '' : duration(step.ms)}</span>
        </li>
      ))}
    </ol>
  )
}
