// The line of a series in small: colour and dash, as in the chart.
import { seriesMax } from './colours.ts'
import './line-chart.css'

export function Swatch({ index }: { index: number }) {
  return (
    <svg
      className={`swatch swatch-${index % seriesMax}`}
      viewBox="0 0 26 10"
      aria-hidden="true"
      focusable="false"
    >
      <path d="M1 5h24" />
    </svg>
  )
}
