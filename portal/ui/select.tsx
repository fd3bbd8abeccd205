// The browser's own list to choose from: it works by keyboard, by touch and by voice everywhere.
import type { SelectHTMLAttributes } from 'react'
import './field.css'

export interface Option<T extends string> {
  value: T
  label: string
  /** Why it can't be chosen now. */
  lacks?: string | undefined
}

type Native = Omit<SelectHTMLAttributes<HTMLSelectElement>, 'onChange' | 'value' | 'children'>

interface SelectProps<T extends string> extends Native {
  value: T
  options: readonly Option<T>[]
  onChange: (value: T) => void
}

export function Select<T extends string>({
  value,
  options,
  onChange,
  className = '',
  ...rest
}: SelectProps<T>) {
  return (
    <select
      {...rest}
      className={`input ${className}`}
      value={value}
      onChange={(event) => onChange(event.target.value as T)}
    >
      {options.map((option) => (
        <option
          key={option.value}
          value={option.value}
          disabled={option.lacks !== undefined}
          title={option.lacks}
        >
          {option.label}
        </option>
      ))}
    </select>
  )
}
