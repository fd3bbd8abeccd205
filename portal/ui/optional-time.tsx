// A moment that need not be there: how long ago, or the word for "not at all".
import { RelativeTime } from './relative-time.tsx'

export function OptionalTime({ at, none = 'never' }: { at: string | null; none?: string }) {
  return at === null ? <span className="soft">{none}</span> : <RelativeTime at={at} />
}
