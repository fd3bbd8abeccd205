// What went wrong, why, and what to do next: a problem of the API as people read it.
import { problemOf } from '../data/problem.ts'
import { Button } from './button.tsx'
import { Callout } from './callout.tsx'

interface ErrorStateProps {
  error: unknown
  onRetry?: () => void
}

export function ErrorState({ error, onRetry }: ErrorStateProps) {
  const problem = problemOf(error)
  const fields = problem.errors ?? []
  return (
    <Callout
      kind="error"
      title={problem.detail}
      isAnnounced
      actions={
        onRetry !== undefined && (
          <Button size="small" icon="late" onClick={onRetry}>
            Try again
          </Button>
        )
      }
    >
      {problem.hint !== '' && <p>{problem.hint}</p>}
      {fields.length > 0 && (
        <ul>
          {fields.map(({ pointer, detail }) => (
            <li key={pointer}>
              <code>{pointer}</code> {detail}
            </li>
          ))}
        </ul>
      )}
      <p className="soft small">
        <code>{problem.code}</code>
        {problem.requestId !== undefined && problem.requestId !== '' && (
          <>
            {' '}
            · request <code>{problem.requestId}</code>
          </>
        )}
      </p>
    </Callout>
  )
}
