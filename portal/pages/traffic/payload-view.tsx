// A payload as JSON, as text and as bytes, to look at and to copy.
import { useState } from 'react'
import { CopyButton } from '../../ui/code-block.tsx'
import { bytes as sizeText } from '../../ui/format.ts'
import { JsonView } from '../../ui/json-view.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { hexDump } from './hex-dump.ts'
import './payload-view.css'

export interface Payload {
  bytes: number
  text: string | null
  base64: string | null
  isCut: boolean
}

type View = 'json' | 'text' | 'hex'

export function PayloadView({ payload }: { payload: Payload }) {
  const json = payload.text === null || payload.isCut ? undefined : prettyJson(payload.text)
  const [chosen, setChosen] = useState<View>()
  if (payload.text === null && payload.base64 === null) return null
  const views: { id: View; label: string; text: string }[] = [
    ...(json === undefined ? [] : [{ id: 'json' as const, label: 'JSON', text: json }]),
    ...(payload.text === null ? [] : [{ id: 'text' as const, label: 'Text', text: payload.text }]),
    { id: 'hex', label: 'Hex', text: hexDump(bytesOf(payload)) },
  ]
  const view = views.find(({ id }) => id === chosen) ?? views[0]
  return (
    <div className="stack-s">
      <Tabs label="Payload as" tabs={views} chosen={view.id} onChoose={setChosen}>
        <div className="payload">
          {view.id === 'json' ? <JsonView text={view.text} /> : <pre className="json">{view.text}</pre>}
          <CopyButton text={view.text} label="Copy the payload" />
        </div>
      </Tabs>
      {payload.isCut && (
        <p className="soft small">
          The beginning of {sizeText(payload.bytes)}; the rest is not kept with the trace.
        </p>
      )}
    </div>
  )
}

/** Indented, with numbers as they came; undefined for what is no JSON. */
function prettyJson(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    // Longer numbers than a double holds would change: then it is shown as it is.
    return /\d{16,}/.test(text) ? text : JSON.stringify(value, undefined, 2)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function bytesOf({ base64, text }: Payload): Uint8Array {
  if (base64 === null) return new TextEncoder().encode(text ?? '')
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}
