// The place of what is being loaded; it shows itself only when loading takes longer than a tenth of a second.
import './callout.css'

export function Skeleton({ label, lines = 6 }: { label: string; lines?: number }) {
  return (
    <div className="skeleton" role="status" aria-label={`${label} is being loaded.`}>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} className="skeleton-line" />
      ))}
    </div>
  )
}
