// Finds the name that somebody probably meant, for "did you mean" in messages about unknown names.

/** Names longer than this are not compared: the comparison takes time by the product of the lengths. */
const nameLengthMax = 64

/** The known name closest to `name`, if it is close enough to be a slip of the keyboard. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > nameLengthMax) return undefined
  let nearest: string | undefined
  let nearestDistance = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < nearestDistance) {
      nearest = candidate
      nearestDistance = distance
    }
  }
  return nearest
}

/** A half sentence to append: ` Did you mean "x"?`, or a list of what there is. */
export function suggestion(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known)
  if (nearest !== undefined) return ` Did you mean "${nearest}"?`
  return known.length === 0 ? '' : ` Known are ${[...known].sort().join(', ')}.`
}

/** Levenshtein: the fewest insertions, deletions and replacements that turn one text into the other. */
function editDistance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = above[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1)
      row.push(Math.min(replaced, above[j] + 1, row[j - 1] + 1))
    }
    above = row
  }
  return above[to.length]
}
