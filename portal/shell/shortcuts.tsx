// Keys that work on every page, and the list of them. Nothing happens while somebody types.
import { useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import { pages } from '../routes.tsx'
import { Dialog } from '../ui/dialog.tsx'

/** How long after `g` the second key may come. */
const chordMs = 1_200
const typing = 'input, textarea, select, [contenteditable], .cm-editor'
const pressable = 'button, a, summary, [role="tab"], [role="row"], [role="option"], [role="menuitem"]'

interface Actions {
  openPalette: () => void
  openHelp: () => void
}

export function useShortcuts(actions: Actions): void {
  const latest = useRef(actions)
  const [, navigate] = useLocation()
  useEffect(() => {
    latest.current = actions
  })
  useEffect(() => {
    let chordUntil = 0
    const onKeyDown = (event: KeyboardEvent) => {
      // The editor of scripts lives in a shadow root, where the event's own target is hidden from here.
      const [first] = event.composedPath()
      const target = first instanceof Element ? first : document.body
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') latest.current.openPalette()
      else if (event.metaKey || event.ctrlKey || event.altKey || isTaken(target)) return
      else if (event.timeStamp < chordUntil) {
        chordUntil = 0
        const page = pages.find(({ rail }) => rail?.key === event.key)
        if (page === undefined) return
        navigate(page.path)
      } else if (event.key === 'g') chordUntil = event.timeStamp + chordMs
      else if (event.key === '/') dispatchEvent(new Event('ackstone-search'))
      else if (event.key === '?') latest.current.openHelp()
      else if (event.key === ' ' && target.closest(pressable) === null)
        dispatchEvent(new Event('ackstone-pause'))
      else return
      event.preventDefault()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [navigate])
}

function isTaken(target: Element): boolean {
  return target.closest(typing) !== null || document.querySelector('dialog[open]') !== null
}

export function ShortcutHelp({ onClose }: { onClose: () => void }) {
  const rows: [keys: string[], what: string][] = [
    [['Ctrl', 'K'], 'Go to a page, a device or an integration (⌘ K on a Mac)'],
    [['/'], 'Search on this page'],
    [['Space'], 'Pause what is live'],
    [['?'], 'This list'],
    ...pages.flatMap(({ rail, title }): [string[], string][] =>
      rail === undefined ? [] : [[['g', rail.key], `Go to ${title}`]],
    ),
  ]
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <dl className="shortcuts">
        {rows.map(([keys, what]) => (
          <Row key={what} keys={keys} what={what} />
        ))}
      </dl>
    </Dialog>
  )
}

function Row({ keys, what }: { keys: string[]; what: string }) {
  return (
    <>
      <dt className="row">
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{what}</dd>
    </>
  )
}
