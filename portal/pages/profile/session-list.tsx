// The browsers in which a person is signed in, each with a way to sign it out, and one for all.
import { useChange } from '../../data/change.ts'
import { call, type AnswerOf } from '../../data/client.ts'
import { useOperation } from '../../data/queries.ts'
import { useSignOut } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Badge } from '../../ui/state.tsx'
import { Table, type Column } from '../../ui/table.tsx'

type Session = AnswerOf<'listSessions'>['items'][number]

export function SessionList() {
  const sessions = useOperation('listSessions', {})
  const signOut = useSignOut()
  const { error, run } = useChange('listSessions')
  const end = ({ id, isThis }: Session) =>
    run(() => (isThis ? signOut() : call('endSession', { params: { id } })))
  const columns: Column<Session>[] = [
    {
      id: 'browser',
      title: 'Browser',
      cell: ({ userAgent, isThis }) => (
        <span className="row">
          <span title={userAgent}>{browserName(userAgent)}</span>
          {isThis && <Badge tone="accent">this one</Badge>}
        </span>
      ),
    },
    { id: 'address', title: 'Signed in from', cell: ({ address }) => <code>{address}</code> },
    { id: 'lastUsedAt', title: 'Last used', cell: ({ lastUsedAt }) => <RelativeTime at={lastUsedAt} /> },
    { id: 'createdAt', title: 'Signed in', cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
    {
      id: 'end',
      title: <span className="hidden-visually">Actions</span>,
      cell: (session) => (
        <Button size="small" icon="out" onClick={() => void end(session)}>
          Sign out
        </Button>
      ),
    },
  ]
  return (
    <section className="panel stack" aria-labelledby="profile-sessions">
      <div className="row-apart">
        <h2 id="profile-sessions">Where you are signed in</h2>
        <Button icon="out" onClick={() => void run(() => signOut('everywhere'))}>
          Sign out everywhere
        </Button>
      </div>
      <p className="soft">A session ends after 12 hours without use, and after 30 days in any case.</p>
      {error !== undefined && <ErrorState error={error} />}
      {sessions.isPending && <Skeleton label="The list of sessions" lines={2} />}
      {sessions.error !== null && (
        <ErrorState error={sessions.error} onRetry={() => void sessions.refetch()} />
      )}
      {sessions.data !== undefined && (
        <Table caption="Your sessions" columns={columns} rows={sessions.data.items} keyOf={({ id }) => id} />
      )}
    </section>
  )
}

/** "Firefox on Linux": enough to recognise one's own. */
function browserName(userAgent: string): string {
  const browsers: [RegExp, string][] = [
    [/Edg\//, 'Edge'],
    [/OPR\//, 'Opera'],
    [/Firefox\//, 'Firefox'],
    [/Chrom(e|ium)\//, 'Chrome'],
    [/Safari\//, 'Safari'],
    [/curl\//, 'curl'],
  ]
  const systems: [RegExp, string][] = [
    [/Android/, 'Android'],
    [/iPhone|iPad/, 'iOS'],
    [/Mac OS X/, 'macOS'],
    [/Windows/, 'Windows'],
    [/Linux|X11/, 'Linux'],
  ]
  const nameIn = (names: [RegExp, string][]) => names.find(([pattern]) => pattern.test(userAgent))?.[1]
  const [browser, system] = [nameIn(browsers), nameIn(systems)]
  if (browser === undefined) return userAgent === '' ? 'Unknown' : userAgent.slice(0, 40)
  return system === undefined ? browser : `${browser} on ${system}`
}
