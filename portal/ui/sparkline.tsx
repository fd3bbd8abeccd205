// The shape of the last values in the size of a word. What it shows is also said in words.
import './sparkline.css'

interface SparklineProps {
  values: readonly number[]
  label: string
  width?: number
  height?: number
}

export function Sparkline({ values, label, width = 72, height = 20 }: SparklineProps) {
  const shown = values.filter((value) => Number.isFinite(value))
  const low = Math.min(...shown)
  const span = Math.max(...shown) - low
  const step = width / Math.max(1, shown.length - 1)
  const points = shown.map((value, index) => {
    const y = span === 0 ? height / 2 : height - 2 - ((value - low) / span) * (height - 4)
    return `${(index * step).toFixed(1)} ${y.toFixed(1)}`
  })
  return (
    <svg className="sparkline" width={width} height={height} role="img" aria-label={label}>
      {points.length > 1 && <path d={`M${points.join('L')}`} />}
    </svg>
  )
}
