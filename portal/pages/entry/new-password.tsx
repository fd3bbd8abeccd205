// A field for a new password, with a hint while typing of how hard it is to guess.
import { Field } from '../../ui/field.tsx'
import { PasswordInput } from '../../ui/input.tsx'
import './entry.css'
import { charactersMin, strengthOf } from './strength.ts'

interface NewPasswordProps {
  label?: string
  value: string
  onChange: (value: string) => void
  error?: string | undefined
}

export function NewPassword({ label = 'Password', value, onChange, error }: NewPasswordProps) {
  const { score, word, isEnough } = strengthOf(value)
  return (
    <div className="stack-s">
      <Field
        label={label}
        error={error}
        hint={`${charactersMin} characters or more. Four words that do not belong together are easy to remember.`}
      >
        {(control) => (
          <PasswordInput
            {...control}
            value={value}
            onChange={onChange}
            autoComplete="new-password"
            name="new-password"
            required
          />
        )}
      </Field>
      <p className={isEnough ? 'strength is-enough' : 'strength'} aria-live="polite">
        <span className="strength-bars" aria-hidden="true">
          {[1, 2, 3, 4].map((step) => (
            <span key={step} className={step <= score ? 'is-on' : undefined} />
          ))}
        </span>
        <span className="strength-word">
          <span className="hidden-visually">{word === '' ? '' : 'Strength: '}</span>
          {word}
        </span>
      </p>
    </div>
  )
}
