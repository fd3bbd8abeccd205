// Text to be taken along: a command, an identifier, a secret. The button copies it and says so.
import { useEffect, useState } from 'react'
import { IconButton } from './button.tsx'
import './code-block.css'

const saidForMs = 2_000

export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [result, setResult] = useState<'copied' | 'failed'>()
  useEffect(() => {
    if (result === undefined) return undefined
    const timer = setTimeout(() => setResult(undefined), saidForMs)
    return () => clearTimeout(timer)
  }, [result])
  const copy = () => {
    copyText(text).then(
      () => setResult('copied'),
      () => setResult('failed'),
    )
  }
  const said = { copied: 'Copied', failed: 'Copying was not allowed; select the text instead' }
  return (
    <>
      <IconButton
        kind="quiet"
        size="small"
        icon={result === 'copied' ? 'check' : 'copy'}
        label={result === undefined ? label : said[result]}
        onClick={copy}
      />
      <span role="status" className="hidden-visually">
        {result === undefined ? '' : said[result]}
      </span>
    </>
  )
}

/** The clipboard of the browser is there on https and localhost alone; elsewhere an older way does it. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text)
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'hidden-visually'
  document.body.append(area)
  area.select()
  const isCopied = document.execCommand('copy')
  area.remove()
  if (!isCopied) throw new Error('The browser did not copy.')
  return undefined
}

interface CodeBlockProps {
  /** Read before it: what it is. */
  label: string
  text: string
  isWrapped?: boolean
}

export function CodeBlock({ label, text, isWrapped = false }: CodeBlockProps) {
  return (
    <div className={isWrapped ? 'code-block is-wrapped' : 'code-block'}>
      <pre tabIndex={0} role="region" aria-label={label}>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} label={`Copy: ${label}`} />
    </div>
  )
}

/** An identifier in a line of text. */
export function Copyable({ text, label }: { text: string; label: string }) {
  return (
    <span className="copyable">
      <code>{text}</code>
      <CopyButton text={text} label={`Copy ${label}`} />
    </span>
  )
}
