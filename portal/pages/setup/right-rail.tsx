// Beside the step: what has been entered so far, and facts about the source, so that no step has to be gone back to
// just for looking.
import { KeyValues, type KeyValue } from '../../ui/key-values.tsx'
import { useSetupDraft } from './draft-context.ts'
import type { Draft } from './draft.ts'
import { percent } from './seen-figures.tsx'

export function RightRail() {
  const { draft } = useSetupDraft()
  return (
    <aside className="setup-rail panel stack-s" aria-label="So far">
      <h2>So far</h2>
      <KeyValues items={soFar(draft)} />
      <p className="soft small">
        This draft is kept in this browser until it is saved. Going back loses nothing.
      </p>
    </aside>
  )
}

function soFar(draft: Draft): KeyValue[] {
  const { kind, connection, topics, seen } = draft
  const filters = topics.map(({ filter }) => filter.trim()).filter((filter) => filter !== '')
  const levels = [...new Set(topics.map(({ qos }) => qos))].toSorted((a, b) => a - b)
  const items: KeyValue[] = [
    {
      name: 'Source',
      value:
        kind === 'direct' ? 'Devices connect here' : <code className="break">{hostOf(connection.url)}</code>,
    },
  ]
  if (filters.length > 0) {
    items.push({
      name: 'Topics',
      value: filters.map((filter) => (
        <code key={filter} className="block break">
          {filter}
        </code>
      )),
    })
  }
  if (draft.reached >= 3) items.push({ name: 'QoS', value: levels.join(', ') })
  if (draft.reached >= 4) items.push({ name: 'Converter', value: <code>{draft.converter.type}</code> })
  if (seen !== undefined && seen.messages > 0) {
    items.push({
      name: 'Seen',
      value: `${seen.messages} messages on ${seen.topics === 1 ? 'one topic' : `${seen.topics} topics`}`,
    })
    if (seen.withTs !== undefined) items.push({ name: 'With a time', value: percent(seen.withTs) })
  }
  return items
}

/** Without what should not stand around: user and password in an address. */
function hostOf(url: string): string {
  return url.trim() === '' ? '–' : url.trim().replace(/\/\/[^/@]*@/, '//')
}
