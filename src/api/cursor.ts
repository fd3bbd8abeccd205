// Cursors lead to the next page. They are opaque to clients, hold no secret, and fit only the list and the
// filter they were given for.
import { AckstoneError } from '../errors.ts'

/** @param list which list, @param filter what narrowed it, @param after where the next page begins. */
export function encodeCursor(list: string, filter: string, after: string): string {
  return Buffer.from(JSON.stringify([list, filter, after])).toString('base64url')
}

/** Where the page begins; empty for the first page.
 *  @throws CURSOR_INVALID when the cursor is not one of this list and filter. */
export function decodeCursor(cursor: string | undefined, list: string, filter: string): string {
  if (cursor === undefined) return ''
  const parts = parse(cursor)
  if (parts?.[0] !== list || parts[1] !== filter || parts[2] === '') throw new AckstoneError('CURSOR_INVALID')
  return parts[2]
}

function parse(cursor: string): [list: string, filter: string, after: string] | undefined {
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  if (Buffer.from(text).toString('base64url') !== cursor) return undefined
  try {
    const parts: unknown = JSON.parse(text)
    const isCursor =
      Array.isArray(parts) && parts.length === 3 && parts.every((part) => typeof part === 'string')
    return isCursor ? (parts as [string, string, string]) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
