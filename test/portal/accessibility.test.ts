// Every page of the portal against WCAG 2.2 A and AA: in both themes, wide and on a telephone.
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { rings } from '../tools.ts'
import { assertAccessible, sharedPortal, showAs, untilQuiet, type Look } from './browser.ts'
import { furnish } from './furnish.ts'
import { pageRows } from './pages.ts'

const looks: readonly Look[] = [
  { theme: 'dark', width: 360 },
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 1280 },
  { theme: 'light', width: 360 },
]

/** With `npm test` each page has one look, in turn: what they have in common is then seen in all four. */
function looksOf(place: number): readonly Look[] {
  return rings() === 'quick' ? looks.slice(place % looks.length).slice(0, 1) : looks
}

/** Goes to another page as a link does, without loading the portal again; the page may put more into the address. */
async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)})`)
}

describe('the pages of the portal', () => {
  const openPortal = sharedPortal()

  test('every page is accessible in both themes, wide and narrow', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    await furnish(portal.hub, Date.now())
    const page = await portal.open('/devices')
    for (const [place, { name, path, heading }] of pageRows.entries()) {
      await goTo(page, path)
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
      await untilQuiet(page)
      // To show it so waits for colours and places too, which may still be on their way.
      for (const look of looksOf(place)) {
        await showAs(page, look)
        await assertAccessible(page, `${name}, ${look.theme}, ${look.width} wide`)
      }
    }
  })
})
