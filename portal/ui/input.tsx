// Where text is entered: one line, several, a password that can be looked at, a search.
import { useEffect, useRef, useState, type InputHTMLAttributes, type TextareaHTMLAttributes } from 'react'
import { IconButton } from './button.tsx'
import './field.css'
import { Icon } from './icon.tsx'

type Text<E> = Omit<E, 'onChange' | 'value'> & { value: string; onChange: (value: string) => void }
export type InputProps = Text<InputHTMLAttributes<HTMLInputElement>> & { isMono?: boolean }

export function Input({ onChange, isMono = false, className = '', type = 'text', ...rest }: InputProps) {
  const classes = `input ${isMono ? 'mono' : ''} ${className}`
  return (
    <input
      spellCheck={false}
      autoComplete="off"
      {...rest}
      type={type}
      className={classes}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}

export type TextareaProps = Text<TextareaHTMLAttributes<HTMLTextAreaElement>> & { isMono?: boolean }

export function Textarea({ onChange, isMono = false, className = '', ...rest }: TextareaProps) {
  const classes = `input ${isMono ? 'mono' : ''} ${className}`
  return (
    <textarea
      spellCheck={!isMono}
      {...rest}
      className={classes}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}

/** `autoComplete` tells password stores what it is: "current-password" or "new-password". */
export function PasswordInput(props: Omit<InputProps, 'type'>) {
  const [isShown, setShown] = useState(false)
  return (
    <div className="input-with-button">
      <Input {...props} type={isShown ? 'text' : 'password'} />
      <IconButton
        kind="quiet"
        size="small"
        icon={isShown ? 'eyeOff' : 'eye'}
        label={isShown ? 'Hide the password' : 'Show the password'}
        onClick={() => setShown(!isShown)}
      />
    </div>
  )
}

interface SearchProps {
  value: string
  onChange: (value: string) => void
  label: string
  placeholder?: string
}

/** `/` brings the focus here. */
export function SearchInput({ value, onChange, label, placeholder = label }: SearchProps) {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const focus = () => input.current?.focus()
    addEventListener('ackstone-search', focus)
    return () => removeEventListener('ackstone-search', focus)
  }, [])
  return (
    <div className="input-within">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        className="input"
        aria-label={label}
        placeholder={placeholder}
        value={value}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && value !== '') onChange('')
        }}
      />
    </div>
  )
}
