// Who is looking: whether the hub has been set up, who is signed in and what they may do.
import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { createContext, useContext } from 'react'
import { call, type AnswerOf } from './client.ts'
import { ApiError } from './problem.ts'

export type Session = AnswerOf<'currentSession'>
export type Role = NonNullable<Session['role']>

export const setupQuery = { queryKey: ['setupState'], queryFn: () => call('setupState') }

/** Somebody was signed in on this page, and has not signed out. */
let isKnown = false

/** null: nobody is signed in. */
export const sessionQuery = {
  queryKey: ['currentSession'],
  queryFn: async (): Promise<Session | null> => {
    try {
      const session = await call('currentSession')
      isKnown = true
      return session
    } catch (error) {
      if (error instanceof ApiError && error.problem.status === 401) return null
      throw error
    }
  },
}

export function useSetup() {
  return useQuery(setupQuery)
}

export const SessionContext = createContext<Session | null>(null)

/** The session of a page that is only shown to people who are signed in. */
export function useSession(): Session {
  const session = useContext(SessionContext)
  if (session === null)
    throw new Error('A page for people who are signed in was shown to somebody who is not.')
  return session
}

const rank: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, administrator: 2 }

/** Why something can't be done with this session; undefined when it can. For the title of a disabled button. */
export function useLacks(role: Role): string | undefined {
  const session = useSession()
  if (session.role === null) return 'A key that may only store readings can do nothing here.'
  if (rank[session.role] >= rank[role]) return undefined
  return `You are signed in as ${session.role}. This needs the role ${role}; ask an administrator.`
}

/** Somebody else is looking from now on, or nobody: what the one before could see is forgotten. */
export function changeSession(queries: QueryClient, session: Session | null): void {
  // What the sign-in asks is kept: to remove a question that is on its way would leave it without an answer for good.
  const kept: unknown[] = [sessionQuery.queryKey[0], setupQuery.queryKey[0]]
  isKnown = session !== null
  queries.removeQueries({ predicate: ({ queryKey }) => !kept.includes(queryKey[0]) })
  queries.setQueryData(sessionQuery.queryKey, session)
  // Whoever is signed in was made: the hub is set up.
  if (session !== null) {
    queries.setQueryData<AnswerOf<'setupState'>>(
      setupQuery.queryKey,
      (before) => before && { ...before, isSetUp: true },
    )
  }
}

/** Signs out, here or everywhere. */
export function useSignOut() {
  const queries = useQueryClient()
  return async (where: 'here' | 'everywhere' = 'here') => {
    // The hub may end the stream of this page before it answers: that is then no surprise.
    isKnown = false
    try {
      await call(where === 'here' ? 'signOut' : 'endSessions')
    } catch (error) {
      isKnown = true
      throw error
    }
    // A question asked before the session ended would be answered with the one that was.
    await queries.cancelQueries({ queryKey: sessionQuery.queryKey })
    changeSession(queries, null)
  }
}

/** For whoever is not signed in: whether they were until now, and did not sign out themselves. */
export function hasSessionEnded(): boolean {
  return isKnown
}
