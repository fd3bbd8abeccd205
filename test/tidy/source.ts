// A source file as the house rules see it: its text, the same text with comments and strings blanked, and
// its imports. The scanner knows as much of TypeScript as the rules need, no more.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

export const root = dirname(dirname(import.meta.dirname))

export interface Import {
  /** As written: './x.ts', 'node:net', 'fastify'. */
  specifier: string
  /** Path from the project's folder for a relative import; undefined for packages. */
  file: string | undefined
  isTypeOnly: boolean
  line: number
}

export interface SourceFile {
  /** From the project's folder, with slashes. */
  path: string
  text: string
  lines: string[]
  /** Same length and lines as `text`; comments and the insides of strings are spaces. */
  code: string
  imports: Import[]
  isTest: boolean
}

export function readSources(folders: string[]): SourceFile[] {
  return folders
    .flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx}`, { cwd: root }))
    .map((path) => path.replaceAll('\\', '/'))
    .toSorted()
    .map((path) => parseSource(path, readFileSync(join(root, path), 'utf8')))
}

export function parseSource(path: string, text: string): SourceFile {
  const { code, withStrings } = blank(text)
  return {
    path,
    text,
    lines: text.split('\n'),
    code,
    imports: importsOf(path, withStrings),
    isTest: /\.test\.tsx?$/.test(path),
  }
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

const importForms: { pattern: RegExp; isTypeOnly: (match: RegExpMatchArray) => boolean }[] = [
  {
    pattern: /^(?:import|export)\s+(type\s)?([^;'"]*?)from\s*['"]([^'"]+)['"]/gm,
    isTypeOnly: (match) => match[1] !== undefined || onlyTypesInside(match[2] ?? ''),
  },
  { pattern: /^import\s*()()['"]([^'"]+)['"]/gm, isTypeOnly: () => false },
  { pattern: /\bimport\(()()\s*['"]([^'"]+)['"]/g, isTypeOnly: () => false },
  { pattern: /\bnew URL\(()()\s*['"](\.[^'"]+\.ts)['"],\s*import\.meta\.url/g, isTypeOnly: () => false },
]

/** `{ type A, type B }`: every name is a type. */
function onlyTypesInside(clause: string): boolean {
  const inside = /^\s*\{([^}]*)\}\s*$/.exec(clause)?.[1]
  if (inside === undefined) return false
  const names = inside.split(',').map((name) => name.trim())
  return names.every((name) => name === '' || name.startsWith('type '))
}

function importsOf(path: string, code: string): Import[] {
  const found: Import[] = []
  for (const { pattern, isTypeOnly } of importForms) {
    for (const match of code.matchAll(pattern)) {
      const specifier = match[3] ?? ''
      const file = specifier.startsWith('.')
        ? normalize(join(dirname(path), specifier)).replaceAll('\\', '/')
        : undefined
      found.push({ specifier, file, isTypeOnly: isTypeOnly(match), line: lineAt(code, match.index) })
    }
  }
  return found.toSorted((a, b) => a.line - b.line)
}

/** Blanks comments (`withStrings`), and the insides of strings and regular expressions as well (`code`). */
function blank(text: string): { code: string; withStrings: string } {
  const code = text.split('')
  const withStrings = text.split('')
  /** Depth of braces at which each open `${` of a template ends. */
  const templates: number[] = []
  let depth = 0
  let at = 0
  const clear = (out: string[], from: number, to: number): void => {
    for (let i = from; i < to && i < out.length; i++) if (out[i] !== '\n') out[i] = ' '
  }
  const clearBoth = (to: number): void => {
    clear(code, at, to)
    clear(withStrings, at, to)
    at = to
  }
  /** Blanks a string from its opening mark; ends after its closing mark, or inside at `${`. */
  const quoted = (mark: string): void => {
    let i = at + 1
    while (i < text.length && text[i] !== mark) {
      if (text[i] === '\\') i += 1
      else if (mark === '`' && text.startsWith('${', i)) {
        templates.push(depth)
        depth += 1
        clear(code, at + 1, i)
        at = i + 2
        return
      }
      i += 1
    }
    clear(code, at + 1, i)
    at = i + 1
  }
  while (at < text.length) {
    const char = text[at] ?? ''
    if (text.startsWith('//', at) || (at === 0 && text.startsWith('#!'))) {
      const end = text.indexOf('\n', at)
      clearBoth(end < 0 ? text.length : end)
    } else if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2)
      clearBoth(end < 0 ? text.length : end + 2)
    } else if (char === "'" || char === '"' || char === '`') quoted(char)
    else if (char === '/' && startsRegex(text, at)) {
      const end = regexEnd(text, at)
      clear(code, at + 1, end)
      clear(withStrings, at + 1, end)
      at = end + 1
    } else if (char === '{') {
      depth += 1
      at += 1
    } else if (char === '}') {
      depth -= 1
      if (templates.at(-1) === depth) {
        templates.pop()
        quoted('`')
      } else at += 1
    } else at += 1
  }
  return { code: code.join(''), withStrings: withStrings.join('') }
}

/** Whether a slash opens a regular expression rather than divides: what stands before it decides. */
function startsRegex(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 40), at).trimEnd()
  return before === '' || /[(,=:[!&|?{};+~^<>*%-]$|\b(return|typeof|case|of|in|await|yield)$/.test(before)
}

function regexEnd(text: string, at: number): number {
  let isInClass = false
  for (let i = at + 1; i < text.length; i++) {
    const char = text[i]
    if (char === '\\') i += 1
    else if (char === '[') isInClass = true
    else if (char === ']') isInClass = false
    else if (char === '\n' || (char === '/' && !isInClass)) return i
  }
  return text.length
}
