// Names with their values, as a description list.
import type { ReactNode } from 'react'
import './key-values.css'

export interface KeyValue {
  name: ReactNode
  value: ReactNode
}

export function KeyValues({ items }: { items: readonly KeyValue[] }) {
  return (
    <dl className="key-values">
      {items.map(({ name, value }, index) => (
        <Pair key={index} name={name} value={value} />
      ))}
    </dl>
  )
}

function Pair({ name, value }: KeyValue) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  )
}
