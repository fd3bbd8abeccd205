// Yes or no, and one of a few: a checkbox, and a group of cards of which one is chosen, with full sentences.
import { useId, type ReactNode } from 'react'
import './field.css'

interface CheckboxProps {
  label: ReactNode
  hint?: ReactNode
  isChecked: boolean
  onChange: (isChecked: boolean) => void
  /** Why it can't be changed now. */
  lacks?: string | undefined
}

export function Checkbox({ label, hint, isChecked, onChange, lacks }: CheckboxProps) {
  const id = useId()
  const said = lacks ?? hint
  return (
    <label className="checkbox">
      <input
        type="checkbox"
        checked={isChecked}
        disabled={lacks !== undefined}
        aria-describedby={said === undefined ? undefined : id}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span>{label}</span>
      {said !== undefined && (
        <span id={id} className="field-hint">
          {said}
        </span>
      )}
    </label>
  )
}

export interface Card<T extends string> {
  value: T
  title: ReactNode
  /** Beside the title: a recommendation, for one. */
  badge?: ReactNode
  text: ReactNode
  lacks?: string | undefined
}

interface RadioCardsProps<T extends string> {
  legend: ReactNode
  isLegendHidden?: boolean
  value: T | undefined
  cards: readonly Card<T>[]
  onChange: (value: T) => void
}

/** A radio group: arrow keys move, and each card is read with its sentences. */
export function RadioCards<T extends string>(props: RadioCardsProps<T>) {
  const { legend, isLegendHidden = false, value, cards, onChange } = props
  const id = useId()
  return (
    <fieldset>
      <legend className={isLegendHidden ? 'hidden-visually' : 'radio-cards-legend'}>{legend}</legend>
      <div className="radio-cards">
        {cards.map((card) => (
          <label key={card.value} className="radio-card">
            <input
              type="radio"
              name={id}
              value={card.value}
              checked={card.value === value}
              disabled={card.lacks !== undefined}
              aria-labelledby={`${id}-${card.value}-title`}
              aria-describedby={`${id}-${card.value}-text`}
              onChange={() => onChange(card.value)}
            />
            <span id={`${id}-${card.value}-title`} className="radio-card-title">
              {card.title} {card.badge}
            </span>
            <span id={`${id}-${card.value}-text`} className="radio-card-text">
              {card.lacks ?? card.text}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
