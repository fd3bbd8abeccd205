// Light, dark, or as the system is. The choice stays in this browser; theme.js sets it before the first paint.
import { useSyncExternalStore } from 'react'

export type Theme = 'light' | 'dark' | 'system'

const key = 'ackstone.theme'
const watchers = new Set<() => void>()

function read(): Theme {
  const chosen = localStorage.getItem(key)
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system'
}

export function chooseTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(key)
  else localStorage.setItem(key, theme)
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  for (const onChange of watchers) onChange()
}

const dark = matchMedia('(prefers-color-scheme: dark)')
dark.addEventListener('change', () => {
  for (const onChange of watchers) onChange()
})

function watch(onChange: () => void): () => void {
  watchers.add(onChange)
  return () => watchers.delete(onChange)
}

export function useTheme(): Theme {
  return useSyncExternalStore(watch, read)
}

/** Which of the two is shown: canvases have to be drawn again when it changes. */
export function useShownTheme(): 'light' | 'dark' {
  const theme = useTheme()
  const system = useSyncExternalStore(watch, () => (dark.matches ? 'dark' : 'light'))
  return theme === 'system' ? system : theme
}
