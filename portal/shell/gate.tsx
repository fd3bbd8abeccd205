// Decides what is shown: the first run of a hub that nobody has set up, the sign-in, or the portal.
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { ApiError } from '../data/problem.ts'
import { sessionQuery, setupQuery, SessionContext, type Session } from '../data/session.ts'
import { liveStream } from '../data/stream.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { Shell } from './shell.tsx'

const retryMs = 2_000

export function Gate() {
  const setup = useQuery({ ...setupQuery, retryDelay: retryMs, staleTime: Infinity })
  const session = useQuery({ ...sessionQuery, retryDelay: retryMs, staleTime: 60_000 })
  const who = session.data ?? (isMissing(session.error) ? operator : null)
  useEffect(() => {
    if (who === null) liveStream.close()
    else liveStream.retryNow()
  }, [who])
  if (session.isPending || (setup.isPending && who === null)) return <Skeleton label="The portal" />
  if (session.error !== null && who === null) {
    return <ErrorState error={session.error} onRetry={() => void session.refetch()} />
  }
  if (who === null) {
    return (
      <EmptyState icon="user" title="You are not signed in">
        This hub has no sign-in page yet.
      </EmptyState>
    )
  }
  return (
    <SessionContext value={who}>
      <Shell />
    </SessionContext>
  )
}

/** A hub without sessions: whoever reaches it with a token is its administrator. */
const operator: Session = { user: null, kind: 'token', role: 'administrator', expiresAt: null }

function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.problem.status === 404
}
