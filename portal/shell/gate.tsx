// Decides what is shown: the first run of a hub that nobody has set up, the sign-in, or the portal. A session that ends
// while a page is open brings the sign-in in its place, and the same page after it.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useEffect } from 'react'
import { useLocation } from 'wouter'
import { signedOutEvent } from '../data/client.ts'
import { hasSessionEnded, sessionQuery, SessionContext } from '../data/session.ts'
import { liveStream } from '../data/stream.ts'
import { ErrorState } from '../ui/error-state.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { Shell } from './shell.tsx'

const retryMs = 2_000
/** Whoever does nothing is told within this that their session has ended. */
const askMs = 60_000
const Entry = lazy(async () => ({ default: (await import('../pages/entry/entry.tsx')).Entry }))

export function Gate() {
  const queries = useQueryClient()
  const session = useQuery({ ...sessionQuery, retryDelay: retryMs, staleTime: askMs, refetchInterval: askMs })
  const [path] = useLocation()
  const isIn = session.data !== undefined && session.data !== null
  useEffect(() => {
    if (isIn) liveStream.retryNow()
    else liveStream.close()
  }, [isIn])
  useEffect(() => {
    const ask = () => void queries.invalidateQueries({ queryKey: sessionQuery.queryKey })
    addEventListener(signedOutEvent, ask)
    return () => removeEventListener(signedOutEvent, ask)
  }, [queries])
  if (isIn && path !== '/invitation') {
    return (
      <SessionContext value={session.data}>
        <Shell />
      </SessionContext>
    )
  }
  if (session.error !== null && !isIn) {
    return <ErrorState error={session.error} onRetry={() => void session.refetch()} />
  }
  if (session.isPending) return <Skeleton label="The portal" />
  return (
    <Suspense fallback={<Skeleton label="The portal" />}>
      <Entry hasEnded={hasSessionEnded()} />
    </Suspense>
  )
}
