// The beginning of a payload as text, where it is text.

/** UTF-8 text; null for other bytes. A character that the cut divides is left out. */
export function textOf(bytes: Buffer, isCut: boolean): string | null {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  try {
    return decoder.decode(bytes, { stream: isCut })
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}
