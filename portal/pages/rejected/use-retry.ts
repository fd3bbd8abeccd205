// Retries rejected messages one after the other: how far it is, what was stored, what still can't be read.
import { useRef, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { call } from '../../data/client.ts'
import { ApiError, problemOf, type Problem } from '../../data/problem.ts'

export interface Retry {
  /** Undefined while none is under way and none has ended. */
  progress: { done: number; all: number; stored: number; firstProblem: Problem | undefined } | undefined
  isBusy: boolean
  run: (ids: readonly string[]) => Promise<void>
  /** Ends it after the message that is under way. */
  stop: () => void
}

export function useRetry(): Retry {
  const queries = useQueryClient()
  const [progress, setProgress] = useState<Retry['progress']>()
  const [isBusy, setBusy] = useState(false)
  const isStopped = useRef(false)
  const run = async (ids: readonly string[]): Promise<void> => {
    if (isBusy) return
    setBusy(true)
    isStopped.current = false
    let stored = 0
    let firstProblem: Problem | undefined
    for (const [at, id] of ids.entries()) {
      if (isStopped.current) break
      try {
        await call('retryRejected', { params: { id } })
        stored++
      } catch (error) {
        // Somebody else may have retried it meanwhile.
        if (error instanceof ApiError && error.problem.status === 404) stored++
        else firstProblem ??= problemOf(error)
        // What concerns the hub concerns the next message too.
        if (error instanceof ApiError && (error.problem.status >= 500 || error.problem.status === 403)) {
          isStopped.current = true
        }
      }
      setProgress({ done: at + 1, all: ids.length, stored, firstProblem })
    }
    setBusy(false)
    await queries.invalidateQueries({ queryKey: ['listRejected'] })
  }
  return { progress, isBusy, run, stop: () => (isStopped.current = true) }
}
