// Tables for people: aligned columns, numbers to the right, as wide as their content. Scripts take --json.
import { bold, print, type Terminal } from './terminal.ts'

const graphemes = new Intl.Segmenter()

/** Prints rows under a heading. Numbers are those columns whose cells all look like numbers. */
export async function printTable(terminal: Terminal, heading: string[], rows: string[][]): Promise<void> {
  const cells = rows.map((row) => row.map(printable))
  const widths = heading.map((title, at) => {
    return cells.reduce((width, row) => Math.max(width, textWidth(row[at]!)), textWidth(title))
  })
  const isNumeric = heading.map((_title, at) => {
    return cells.length > 0 && cells.every((row) => /^-?[\d,.]+$|^-$/.test(row[at]!))
  })
  const line = (row: string[]): string => {
    const padded = row.map((cell, at) => {
      const space = ' '.repeat(widths[at]! - textWidth(cell))
      return isNumeric[at]! ? space + cell : cell + space
    })
    return padded.join('  ').trimEnd()
  }
  const lines = [bold(terminal, line(heading)), ...cells.map(line)]
  await print(terminal, `${lines.join('\n')}\n`)
}

/** Prints names and values, one a line. */
export async function printFacts(terminal: Terminal, facts: [name: string, value: string][]): Promise<void> {
  const width = facts.reduce((widest, [name]) => Math.max(widest, name.length), 0)
  const lines = facts.map(([name, value]) => `${bold(terminal, name.padEnd(width))}  ${printable(value)}`)
  await print(terminal, `${lines.join('\n')}\n`)
}

/** What a device sent must not steer the terminal: control characters become their escapes. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}

function textWidth(text: string): number {
  return Array.from(graphemes.segment(text)).length
}
