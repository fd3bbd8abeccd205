// From page to page of a list with cursors: forward as far as there is more, back the way one came.
import { Button } from './button.tsx'

interface PagerProps {
  /** Number of the page in sight, from 1. */
  page: number
  hasMore: boolean
  onBack: () => void
  onForward: () => void
}

export function Pager({ page, hasMore, onBack, onForward }: PagerProps) {
  if (page === 1 && !hasMore) return null
  return (
    <nav className="row" aria-label="Pages">
      <Button icon="left" onClick={onBack} lacks={page === 1 ? 'This is the first page.' : undefined}>
        Newer
      </Button>
      <span className="soft">Page {page}</span>
      <Button onClick={onForward} lacks={hasMore ? undefined : 'This is the last page.'}>
        Older
      </Button>
    </nav>
  )
}
