// The promise of the product, in figures, on every page: what was acknowledged, what is stored, the difference.
import { useState } from 'react'
import { Link } from 'wouter'
import { useLive, type StatsEvent } from '../data/live.ts'
import { count } from '../ui/format.ts'
import { Tooltip } from '../ui/tooltip.tsx'

const meaning =
  'Messages at QoS 1 or 2 since the hub started: answered, stored, and the difference. It is never above 0, for no ' +
  'answer leaves before the commit; below 0 are those that are stored and whose answer is about to leave.'

export function PromiseStrip() {
  const [promise, setPromise] = useState<StatsEvent['promise']>()
  useLive('stats', (events) => setPromise(events.at(-1)?.promise))
  return (
    <Tooltip text={meaning}>
      <Link href="/delivery" className="promise">
        <Figure word="Acked" value={promise?.acknowledged} />
        <Figure word="Stored" value={promise?.stored} />
        <Figure word="Difference" value={promise?.difference} isDifference />
      </Link>
    </Tooltip>
  )
}

function Figure({
  word,
  value,
  isDifference = false,
}: {
  word: string
  value: number | undefined
  isDifference?: boolean
}) {
  const look =
    !isDifference || value === undefined ? '' : value === 0 ? 'is-zero' : value > 0 ? 'is-open' : ''
  return (
    <span>
      <span className="promise-word">{word} </span>
      <strong className={`promise-figure ${look}`}>{value === undefined ? '–' : count(value)}</strong>
    </span>
  )
}
