// What is shown to somebody who is not signed in: the first run of a hub, an invitation, or the sign-in. The address
// stays as it is, so that whoever signs in again is where they were.
import { useLocation } from 'wouter'
import { useSetup } from '../../data/session.ts'
import { ErrorState } from '../../ui/error-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { EntryFrame } from './entry-frame.tsx'
import { FirstRun } from './first-run.tsx'
import { Invitation } from './invitation.tsx'
import { SignIn } from './sign-in.tsx'

interface EntryProps {
  /** Somebody was signed in on this page until now. */
  hasEnded: boolean
}

export function Entry({ hasEnded }: EntryProps) {
  const [path] = useLocation()
  const setup = useSetup()
  if (path === '/invitation') return <Invitation />
  if (setup.error !== null) {
    return (
      <EntryFrame title="Ackstone">
        <ErrorState error={setup.error} onRetry={() => void setup.refetch()} />
      </EntryFrame>
    )
  }
  if (setup.data === undefined) return <Skeleton label="The portal" />
  const isFirst = !setup.data.isSetUp
  if (isFirst || (path === '/setup' && setup.data.isOpen)) return <FirstRun isFirst={isFirst} />
  return <SignIn hasEnded={hasEnded} isSetupOpen={setup.data.isOpen} />
}
