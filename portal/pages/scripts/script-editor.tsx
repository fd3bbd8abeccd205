// The editor for scripts: CodeMirror in the colours of the portal. It lives in a shadow root, where its styles are
// adopted rather than written into the page, which the policy of the pages forbids. Escape, then Tab leaves it.
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { javascript } from '@codemirror/lang-javascript'
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { Annotation, EditorState } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { useEffect, useRef } from 'react'

interface ScriptEditorProps {
  label: string
  source: string
  onChange: (source: string) => void
  isReadOnly?: boolean
}

/** Marks a change that came from outside the editor, so that it is not reported back. */
const fromOutside = Annotation.define<true>()

export function ScriptEditor({ label, source, onChange, isReadOnly = false }: ScriptEditorProps) {
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const latest = useRef(onChange)
  useEffect(() => {
    latest.current = onChange
  })
  useEffect(() => {
    if (place.current === null) return undefined
    const root = place.current.shadowRoot ?? place.current.attachShadow({ mode: 'open' })
    const editor = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        extensions: extensionsOf(label, isReadOnly, (text) => latest.current(text)),
      }),
    })
    view.current = editor
    return () => editor.destroy()
  }, [label, isReadOnly])
  useEffect(() => {
    const editor = view.current
    if (editor === undefined || editor.state.doc.toString() === source) return
    editor.dispatch({
      changes: { from: 0, to: editor.state.doc.length, insert: source },
      annotations: fromOutside.of(true),
    })
  }, [source, label, isReadOnly])
  return <div ref={place} className="script-editor" />
}

function extensionsOf(label: string, isReadOnly: boolean, onChange: (source: string) => void) {
  return [
    lineNumbers(),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    highlightActiveLine(),
    syntaxHighlighting(colours),
    javascript(),
    keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
    EditorView.contentAttributes.of({ 'aria-label': label }),
    EditorState.readOnly.of(isReadOnly),
    EditorView.lineWrapping,
    theme,
    EditorView.updateListener.of((update) => {
      const isOurs = update.transactions.some((transaction) => transaction.annotation(fromOutside) === true)
      if (update.docChanged && !isOurs) onChange(update.state.doc.toString())
    }),
  ]
}

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--violet)' },
  { tag: [tags.string, tags.regexp], color: 'var(--green)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--blue)' },
  { tag: tags.comment, color: 'var(--text-soft)', fontStyle: 'italic' },
  { tag: [tags.function(tags.variableName), tags.definition(tags.variableName)], color: 'var(--accent)' },
])

const theme = EditorView.theme({
  '&': {
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--radius)',
    background: 'var(--panel)',
    fontSize: 'var(--text-s)',
    minHeight: '240px',
    maxHeight: '560px',
  },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '0' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '20px', minHeight: '240px' },
  '.cm-content': { caretColor: 'var(--text)', color: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { background: 'var(--sunken)', color: 'var(--text-soft)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { background: 'var(--hover)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'var(--accent-soft)',
  },
})
