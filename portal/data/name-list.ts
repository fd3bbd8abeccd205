// Keys or devices as they stand in an address: separated by commas, a comma within one written `\,`.

export function parseList(text: string): string[] {
  const keys: string[] = []
  let key = ''
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? ''
    if (letter === '\\') key += text[++at] ?? ''
    else if (letter === ',') {
      keys.push(key)
      key = ''
    } else key += letter
  }
  return [...keys, key].filter((each) => each !== '')
}

export function listOf(keys: readonly string[]): string {
  return keys.map((key) => key.replaceAll('\\', '\\\\').replaceAll(',', '\\,')).join(',')
}
