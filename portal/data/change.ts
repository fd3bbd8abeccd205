// A change that a person asks for: at work, done, or failed with a problem that the page shows. What was read before
// and may be different now is asked again.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { OperationId } from './client.ts'

export interface Change {
  isBusy: boolean
  error: unknown
  /** Resolves with whether it was done. */
  run: (ask: () => Promise<unknown>) => Promise<boolean>
  clear: () => void
}

/** @param stale operations whose answers may be different afterwards. */
export function useChange(...stale: OperationId[]): Change {
  const queries = useQueryClient()
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const run = async (ask: () => Promise<unknown>) => {
    if (isBusy) return false
    setBusy(true)
    setError(undefined)
    try {
      await ask()
      await Promise.all(stale.map((id) => queries.invalidateQueries({ queryKey: [id] })))
      return true
    } catch (thrown) {
      setError(thrown)
      return false
    } finally {
      setBusy(false)
    }
  }
  return { isBusy, error, run, clear: () => setError(undefined) }
}
