// Identifiers made of names that people give: small letters, digits and dashes.

/** @param otherwise for a name of which nothing is left.
 *  @param most how many of the same name are tried.
 *  @returns undefined when all of these are taken. */
export function readableId(
  name: string,
  otherwise: string,
  most: number,
  isTaken: (id: string) => boolean,
): string | undefined {
  const plain = name.normalize('NFKD').toLowerCase()
  const slug =
    plain
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 40) || otherwise
  if (!isTaken(slug)) return slug
  for (let number = 2; number <= most + 1; number++) {
    if (!isTaken(`${slug}-${number}`)) return `${slug}-${number}`
  }
  return undefined
}
