// Every relative link in the documents leads somewhere.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { projectFolder, readPages, type Page } from './markdown.ts'

const pages = readPages()
const pageByPath = new Map(pages.map((page) => [page.path, page]))

test('every relative link in the documents leads to a file and a heading that exist', () => {
  const broken: string[] = []
  for (const page of pages) {
    for (const { target, line } of page.links) {
      if (/^[a-z]+:/.test(target)) continue
      const reason = whyBroken(page, target)
      if (reason !== undefined) broken.push(`${page.path}:${line} ${target}: ${reason}`)
    }
  }
  assert.deepEqual(broken, [])
})

test('every page under docs/ can be reached by links from the README', () => {
  const reached = new Set<string>()
  const waiting = ['README.md']
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const page = pageByPath.get(path)
    if (page === undefined || reached.has(path)) continue
    reached.add(path)
    for (const { target } of page.links) waiting.push(resolveLink(page, target).path)
  }
  const lonely = pages.map((page) => page.path).filter((path) => !reached.has(path))
  assert.deepEqual(lonely, [])
})

function resolveLink(page: Page, target: string): { path: string; anchor: string } {
  const [path, anchor = ''] = target.split('#')
  if (path === '') return { path: page.path, anchor }
  return { path: normalize(join(dirname(page.path), path)).replaceAll('\\', '/'), anchor }
}

function whyBroken(page: Page, target: string): string | undefined {
  const { path, anchor } = resolveLink(page, target)
  if (path.startsWith('..')) return 'leads out of the project'
  if (!existsSync(join(projectFolder, path))) return 'no such file'
  const aim = pageByPath.get(path)
  if (anchor !== '' && aim !== undefined && !aim.anchors.has(anchor)) return 'no such heading'
  return undefined
}
