// Bytes as people who look into packets write them: offset, sixteen bytes, and what of them is printable.

const perLine = 16
/** Bytes that are written out. */
const bytesMax = 4_096

export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let from = 0; from < Math.min(bytes.length, bytesMax); from += perLine) {
    const some = [...bytes.subarray(from, from + perLine)]
    const hex = some.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const text = some.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('')
    lines.push(`${from.toString(16).padStart(6, '0')}  ${hex.padEnd(perLine * 3 - 1)}  ${text}`)
  }
  if (bytes.length > bytesMax) lines.push(`… ${bytes.length - bytesMax} more`)
  return lines.join('\n')
}
