// How much time is shown: spans, all, and steps by button for those who don't drag.
import { moved, spans, zoomed, type Range, type Span } from '../../charts/range.ts'
import { IconButton } from '../../ui/button.tsx'
import { moment } from '../../ui/format.ts'
import type { RangeState } from './use-range.ts'
import './device.css'

interface RangeBarProps {
  state: RangeState
  range: Range
}

const choices = [...(Object.keys(spans) as Span[]), 'all'] as const

export function RangeBar({ state, range }: RangeBarProps) {
  return (
    <div className="row">
      <div className="segments" role="group" aria-label="Time range">
        {choices.map((choice) => (
          <button
            key={choice}
            type="button"
            className="segment"
            aria-pressed={state.choice === choice}
            onClick={() => state.choose(choice)}
          >
            {choice === 'all' ? 'All' : spans[choice].label}
          </button>
        ))}
      </div>
      <div className="row" role="group" aria-label="Move and zoom">
        <IconButton
          size="small"
          kind="quiet"
          icon="left"
          label="Earlier"
          onClick={() => state.zoom(moved(range, -0.5))}
        />
        <IconButton
          size="small"
          kind="quiet"
          icon="right"
          label="Later"
          onClick={() => state.zoom(moved(range, 0.5))}
        />
        <IconButton
          size="small"
          kind="quiet"
          icon="plus"
          label="Zoom in"
          onClick={() => state.zoom(zoomed(range, 0.5))}
        />
        <IconButton
          size="small"
          kind="quiet"
          icon="minus"
          label="Zoom out"
          onClick={() => state.zoom(zoomed(range, 2))}
        />
      </div>
      {state.choice === 'zoom' && (
        <span className="soft small">
          {moment(range.from)} – {moment(range.to)}
        </span>
      )}
    </div>
  )
}
