// The newest value of each key, as it comes, with the shape of the values before it. Choosing keys for the chart
// happens here.
import type { Latest } from './use-tail.ts'
import { Sparkline } from '../../ui/sparkline.tsx'
import { Swatch } from '../../charts/swatch.tsx'
import { valueText } from '../../ui/format.ts'
import { RelativeTime } from '../../ui/relative-time.tsx'
import './device.css'

interface LatestValuesProps {
  latest: ReadonlyMap<string, Latest>
  /** Keys in the chart, in their order. */
  chosen: readonly string[]
  onToggle: (key: string) => void
  /** Last values of a key, oldest first. */
  shapeOf: (key: string) => readonly number[]
  chosenMax: number
}

export function LatestValues({ latest, chosen, onToggle, shapeOf, chosenMax }: LatestValuesProps) {
  return (
    <ul className="latest" aria-label="Latest values">
      {[...latest].map(([key, { ts, value }]) => {
        const place = chosen.indexOf(key)
        const isNumber = typeof value === 'number' || typeof value === 'boolean'
        const shape = shapeOf(key)
        return (
          <li key={key} className={place === -1 ? 'latest-item' : 'latest-item is-chosen'}>
            <div className="latest-head">
              <button
                type="button"
                className="latest-key"
                aria-pressed={place !== -1}
                aria-disabled={!isNumber || (place === -1 && chosen.length >= chosenMax) || undefined}
                title={
                  isNumber ? `Show ${key} in the chart, or not` : `${key} is no number; the table shows it.`
                }
                onClick={() => {
                  if (isNumber && (place !== -1 || chosen.length < chosenMax)) onToggle(key)
                }}
              >
                {place !== -1 && <Swatch index={place} />}
                <code>{key}</code>
              </button>
              {shape.length > 1 && (
                <Sparkline width={60} values={shape} label={`The last ${shape.length} values of ${key}`} />
              )}
            </div>
            <div className="latest-value" title={valueText(value)}>
              {valueText(value)}
            </div>
            <div className="soft small">
              <RelativeTime at={ts} />
            </div>
          </li>
        )
      })}
    </ul>
  )
}
