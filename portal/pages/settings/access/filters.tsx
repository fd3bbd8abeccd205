// Topic filters in a table cell: the first few, and how many more there are.

const shownMax = 3

export function Filters({ of: filters }: { of: readonly string[] }) {
  if (filters.length === 0) return <span className="soft">none</span>
  const rest = filters.slice(shownMax)
  return (
    <span className="stack-s">
      {filters.slice(0, shownMax).map((filter) => (
        <code key={filter} className="break">
          {filter}
        </code>
      ))}
      {rest.length > 0 && (
        <span className="soft small" title={rest.join('\n')}>
          and {rest.length} more
        </span>
      )}
    </span>
  )
}
