// Setups that were begun in this browser and not saved yet.
import { useState } from 'react'
import { Link } from 'wouter'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { useToast } from '../../ui/toast.tsx'
import { dropDraft, keepDraft, listDrafts, type Draft } from '../setup/draft.ts'

export function Drafts() {
  const [drafts, setDrafts] = useState(listDrafts)
  const say = useToast()
  const drop = (draft: Draft) => {
    dropDraft(draft.id)
    setDrafts(listDrafts())
    say('The draft is gone.', {
      undo: () => {
        keepDraft(draft)
        setDrafts(listDrafts())
      },
    })
  }
  if (drafts.length === 0) return null
  return (
    <Callout
      kind="info"
      title={drafts.length === 1 ? 'One setup is not finished' : `${drafts.length} setups are not finished`}
    >
      <ul className="stack-s">
        {drafts.map((draft) => (
          <li key={draft.id} className="row">
            <Link href={`/integrations/new?draft=${draft.id}&step=${draft.step}`}>{titleOf(draft)}</Link>
            <span className="soft">
              <RelativeTime at={draft.savedAt} />
            </span>
            <Button
              size="small"
              kind="quiet"
              icon="trash"
              aria-label={`Drop the draft ${titleOf(draft)}`}
              onClick={() => drop(draft)}
            >
              Drop
            </Button>
          </li>
        ))}
      </ul>
    </Callout>
  )
}

function titleOf(draft: Draft): string {
  if (draft.name.trim() !== '') return draft.name.trim()
  const filter = draft.topics.find((topic) => topic.filter.trim() !== '')?.filter
  return filter ?? 'A setup without a name'
}
