// JSON in colours, made from its own text: numbers keep all their digits, members their order.
import type { ReactNode } from 'react'
import './key-values.css'

const token = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g
/** Longer texts are shown without colours. */
const colouredMax = 50_000

export function JsonView({ text }: { text: string }) {
  if (text.length > colouredMax) return <pre className="json">{text}</pre>
  const parts: ReactNode[] = []
  let at = 0
  for (const match of text.matchAll(token)) {
    const [whole, string, colon, number] = match
    if (match.index > at) parts.push(text.slice(at, match.index))
    const look =
      string === undefined ? (number === undefined ? 'word' : 'number') : colon === undefined ? 'text' : 'key'
    parts.push(
      <span key={match.index} className={`json-${look}`}>
        {string ?? whole}
      </span>,
      colon ?? '',
    )
    at = match.index + whole.length
  }
  parts.push(text.slice(at))
  return <pre className="json">{parts}</pre>
}
