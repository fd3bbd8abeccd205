// State that belongs into the address: a filter, a tab, a range. Reloading or sending the link shows the same.
import { useCallback } from 'react'
import { useSearchParams } from 'wouter'

/** One parameter of the address, empty text standing for "not there". Typing replaces, choosing adds to history. */
export function useAddressState(name: string, initial = '', history: 'push' | 'replace' = 'replace') {
  const [search, setSearch] = useSearchParams()
  const value = search.get(name) ?? initial
  const set = useCallback(
    (next: string) => {
      setSearch(
        (before) => {
          const after = new URLSearchParams(before)
          if (next === initial) after.delete(name)
          else after.set(name, next)
          return after
        },
        { replace: history === 'replace' },
      )
    },
    [name, initial, history, setSearch],
  )
  return [value, set] as const
}
