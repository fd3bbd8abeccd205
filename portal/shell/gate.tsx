// Decides what is shown: the first run of a hub that nobody has set up, the sign-in, or the portal.
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { sessionQuery, setupQuery, SessionContext } from '../data/session.ts'
import { liveStream } from '../data/stream.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { Shell } from './shell.tsx'

const retryMs = 2_000

export function Gate() {
  const setup = useQuery({ ...setupQuery, retryDelay: retryMs, staleTime: Infinity })
  const session = useQuery({ ...sessionQuery, retryDelay: retryMs, staleTime: 60_000 })
  const isIn = session.data !== undefined && session.data !== null
  useEffect(() => {
    if (isIn) liveStream.retryNow()
    else liveStream.close()
  }, [isIn])
  if (isIn) {
    return (
      <SessionContext value={session.data}>
        <Shell />
      </SessionContext>
    )
  }
  const error = session.error ?? setup.error
  if (error !== null) return <ErrorState error={error} onRetry={() => void session.refetch()} />
  if (session.isPending || setup.data === undefined) return <Skeleton label="The portal" />
  return (
    <EmptyState
      icon="user"
      title={setup.data.isSetUp ? 'You are not signed in' : 'Nobody has set this hub up'}
    >
      The portal is for people who are signed in.
    </EmptyState>
  )
}
