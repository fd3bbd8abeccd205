// `npm run screenshots [-- FOLDER [NAME…]]`: a picture of every page, or of those with these names, in both themes,
// wide and on a telephone, of a hub with a house's worth of data.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { findTool } from '../tools.ts'
import { Portal, showAs, untilQuiet, type Theme } from './browser.ts'
import { furnish } from './furnish.ts'
import { pageRows } from './pages.ts'

const [where = 'portal/dist/screenshots', ...names] = process.argv.slice(2)
const folder = resolve(where)
const themes: readonly Theme[] = ['light', 'dark']
const widths = { wide: 1280, narrow: 360 }

const program = findTool('chromium')
if (program === undefined)
  throw new Error('The pictures are taken with Chromium, which is not installed here.')
mkdirSync(folder, { recursive: true })
const portal = await Portal.start(program)
try {
  await furnish(portal.hub, Date.now())
  const page = await portal.open('/devices')
  for (const { name, path, heading } of pageRows) {
    if (names.length > 0 && !names.includes(name)) continue
    await page.goto(path)
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
    await untilQuiet(page)
    await page.locator('.promise', { hasText: '–' }).waitFor({ state: 'detached' })
    for (const theme of themes) {
      for (const [size, width] of Object.entries(widths)) {
        await showAs(page, { theme, width })
        const file = join(folder, `${name}-${theme}-${size}.png`)
        await page.screenshot({ path: file, fullPage: size === 'narrow' })
        console.log(file)
      }
    }
  }
} finally {
  await portal.close()
}
