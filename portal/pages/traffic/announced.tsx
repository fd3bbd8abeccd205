// For people who hear the page: how many messages came and how many of them could not be read, every ten seconds at
// most, and only when there is something new.
import { useEffect, useRef, useState } from 'react'
import { count } from '../../ui/format.ts'
import type { Message } from './use-traffic.ts'

const everyMs = 10_000

export function Announced({ rows }: { rows: readonly Message[] }) {
  const [text, setText] = useState('')
  const latest = useRef(rows)
  const seen = useRef<string>(undefined)
  useEffect(() => {
    latest.current = rows
  })
  useEffect(() => {
    const timer = setInterval(() => {
      const now = latest.current
      const known = now.findIndex(({ id }) => id === seen.current)
      const news = known === -1 ? now : now.slice(0, known)
      seen.current = now[0]?.id
      if (news.length === 0) return
      const rejected = news.filter(({ outcome }) => outcome === 'rejected').length
      setText(`${count(news.length)} new messages, ${rejected} of them rejected.`)
    }, everyMs)
    return () => clearInterval(timer)
  }, [])
  return (
    <p className="hidden-visually" aria-live="polite">
      {text}
    </p>
  )
}
