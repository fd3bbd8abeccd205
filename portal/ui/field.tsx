// A control with its label, a hint and an error, tied together so that a screen reader reads them with it.
import { useId, type ReactNode } from 'react'
import './field.css'
import { Icon } from './icon.tsx'

/** What the control inside has to carry. */
export interface Control {
  'id': string
  'aria-describedby': string | undefined
  'aria-invalid': true | undefined
}

interface FieldProps {
  label: ReactNode
  hint?: ReactNode
  /** What is wrong and what would be right; a full sentence. */
  error?: string | undefined
  isOptional?: boolean
  /** The label is read, not shown: the place says it already. */
  isLabelHidden?: boolean
  children: (control: Control) => ReactNode
}

export function Field({
  label,
  hint,
  error,
  isOptional = false,
  isLabelHidden = false,
  children,
}: FieldProps) {
  const id = useId()
  const described = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean)
  return (
    <div className="field">
      <label htmlFor={id} className={isLabelHidden ? 'hidden-visually' : 'field-label'}>
        {label}
        {isOptional && <span className="soft"> (optional)</span>}
      </label>
      {children({
        'id': id,
        'aria-describedby': described.length === 0 ? undefined : described.join(' '),
        'aria-invalid': error === undefined ? undefined : true,
      })}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p id={`${id}-error`} className="field-error" role="alert">
          <Icon name="cross" />
          {error}
        </p>
      )}
    </div>
  )
}
