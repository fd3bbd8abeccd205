// Every page of the portal against WCAG 2.2 A and AA: in both themes, wide and on a telephone.
import { describe, test } from 'node:test'
import { rings } from '../tools.ts'
import { assertAccessible, openPortal, showAs, untilQuiet, type Look } from './browser.ts'
import { furnish } from './furnish.ts'
import { pageRows } from './pages.ts'

const looks: Look[] = [
  { theme: 'dark', width: 360 },
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 1280 },
  { theme: 'light', width: 360 },
]
/** With `npm test` two opposites of the four: a colour or a width that fails shows there first. */
const shown = rings() === 'quick' ? looks.slice(0, 2) : looks

describe('the pages of the portal', () => {
  test('every page is accessible in both themes, wide and narrow', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    await furnish(portal.hub, Date.now())
    const page = await portal.open('/devices')
    for (const { name, path, heading } of pageRows) {
      await page.goto(path)
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
      await untilQuiet(page)
      for (const look of shown) {
        await showAs(page, look)
        await assertAccessible(page, `${name}, ${look.theme}, ${look.width} wide`)
      }
    }
  })
})
