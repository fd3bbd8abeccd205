// Lists of keys or devices in a query string: separated by commas, with a backslash before a comma or
// backslash that belongs to a name.
import { AckstoneError } from '../errors.ts'

/** Each name once, in the order given; undefined when the parameter was not given.
 *  @throws QUERY_INVALID for an empty name, one that is too long, or too many. */
export function parseNames(
  text: string | undefined,
  parameter: string,
  bytesMax: number,
  countMax: number,
): string[] | undefined {
  if (text === undefined) return undefined
  const names = [...new Set(split(text))]
  if (names.length > countMax) fail(parameter, `"${parameter}" may name ${countMax} at most.`)
  for (const name of names) {
    const bytes = Buffer.byteLength(name)
    if (bytes === 0) fail(parameter, `"${parameter}" has an empty name in it.`)
    if (bytes > bytesMax) fail(parameter, `A name in "${parameter}" may have ${bytesMax} bytes at most.`)
  }
  return names
}

function split(text: string): string[] {
  const names: string[] = []
  let name = ''
  for (let i = 0; i < text.length; i++) {
    const escaped = text[i] === '\\' && (text[i + 1] === ',' || text[i + 1] === '\\')
    if (escaped) name += text[++i]
    else if (text[i] === ',') {
      names.push(name)
      name = ''
    } else name += text[i]
  }
  return [...names, name]
}

function fail(parameter: string, detail: string): never {
  throw new AckstoneError('QUERY_INVALID', {}, undefined, [{ pointer: `/${parameter}`, detail }])
}
