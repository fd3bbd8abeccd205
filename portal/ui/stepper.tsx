// Where one is in a procedure. Steps that have been reached can be gone back to; nothing entered is lost by it.
import { Icon } from './icon.tsx'
import './stepper.css'

export interface Step {
  id: string
  label: string
  isDone: boolean
  /** Why one can't go there yet. */
  lacks?: string | undefined
}

interface StepperProps {
  label: string
  steps: readonly Step[]
  current: string
  onGo: (id: string) => void
}

export function Stepper({ label, steps, current, onGo }: StepperProps) {
  return (
    <nav aria-label={label}>
      <ol className="stepper">
        {steps.map((step, index) => {
          const isCurrent = step.id === current
          const inside = (
            <>
              <span className="step-number">
                {step.isDone && !isCurrent ? <Icon name="check" size={12} /> : index + 1}
              </span>
              <span>
                {step.label}
                {step.isDone && <span className="hidden-visually">, done</span>}
              </span>
            </>
          )
          return (
            <li key={step.id}>
              <button
                type="button"
                className={step.isDone ? 'step is-done' : 'step'}
                aria-current={isCurrent ? 'step' : undefined}
                aria-disabled={step.lacks === undefined ? undefined : true}
                title={step.lacks}
                onClick={() => {
                  if (step.lacks === undefined) onGo(step.id)
                }}
              >
                {inside}
              </button>
            </li>
          )
        })}
      </ol>
    </nav>
  )
}
