// Somebody comes in: by setup code, password or invitation. What others could see before is forgotten, and the portal
// opens.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { changeSession, sessionQuery } from '../../data/session.ts'

export function useEntering() {
  const queries = useQueryClient()
  const [error, setError] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  /** @param enter asks the hub, @param then runs when it has let somebody in. */
  const enter = async (ask: () => Promise<unknown>, then: () => void = () => undefined) => {
    if (isBusy) return
    setBusy(true)
    setError(undefined)
    try {
      await ask()
      const session = await sessionQuery.queryFn()
      then()
      changeSession(queries, session)
    } catch (thrown) {
      setError(thrown)
      setBusy(false)
    }
  }
  return { enter, error, isBusy, clear: () => setError(undefined) }
}
