// The project's own documents as the tests see them: fenced blocks with their info strings, code spans,
// links and headings. It understands the plain Markdown that the documents are written in, no more.
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const projectFolder = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** A fenced block: ```sh run has the language `sh` and the word `run`. */
export interface Block {
  language: string
  words: string[]
  text: string
  /** Line of the opening fence, from 1. */
  line: number
}

export interface Link {
  target: string
  line: number
}

export interface Page {
  /** Relative to the project's folder, with slashes. */
  path: string
  blocks: Block[]
  /** Inline code outside of fenced blocks. */
  spans: string[]
  links: Link[]
  /** Anchors that a link may point to. */
  anchors: Set<string>
}

/** Every Markdown page at the project's root and under docs/, in order of their paths. */
export function readPages(): Page[] {
  const atRoot = readdirSync(projectFolder).filter((name) => name.endsWith('.md'))
  const underDocs = readdirSync(join(projectFolder, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name))
  return [...atRoot, ...underDocs].sort().map(readPage)
}

function readPage(path: string): Page {
  const page: Page = {
    path: relative(projectFolder, join(projectFolder, path)).replaceAll('\\', '/'),
    blocks: [],
    spans: [],
    links: [],
    anchors: new Set(),
  }
  let block: Block | undefined
  let fence = ''
  for (const [index, line] of readFileSync(join(projectFolder, path), 'utf8').split('\n').entries()) {
    const opening = /^ *(`{3,})(.*)$/.exec(line)
    if (block !== undefined) {
      if (opening !== null && opening[1] === fence && opening[2] === '') block = undefined
      else block.text += `${line}\n`
    } else if (opening !== null) {
      const [language = '', ...words] = opening[2].trim().split(/ +/)
      fence = opening[1]
      block = { language, words, text: '', line: index + 1 }
      page.blocks.push(block)
    } else readLine(page, line, index + 1)
  }
  return page
}

function readLine(page: Page, line: string, number: number): void {
  const heading = /^#+ +(.*)$/.exec(line)
  if (heading !== null) page.anchors.add(anchorOf(heading[1]))
  for (const [, span] of line.matchAll(/`([^`]+)`/g)) page.spans.push(span)
  const withoutCode = line.replace(/`[^`]+`/g, '')
  for (const [, target] of withoutCode.matchAll(/\]\(([^)\s]+)\)/g)) page.links.push({ target, line: number })
}

/** The anchor that code forges give to a heading: lower case, spaces as hyphens, punctuation left out. */
function anchorOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-')
}
