// A real hub and a real browser beside each other: the hub on free ports with a folder of its own, Debian's
// Chromium without a window, a person who is signed in. Hubs and people are shared by the tests of a file, windows
// are not: whatever a test opens ends with the test.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext } from 'node:test'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { builtPortal } from '../../src/api/static.ts'
import { HubProcess, type HubOptions } from '../hub.ts'
import { lack, requireTool } from '../tools.ts'

const require = createRequire(import.meta.url)
/** The suggestions under the address bar are two pages of their own in each window, which is more than half of what
 *  a window costs. Chromium takes the last list alone: what Playwright turns off stands here again. */
const featuresOff = [
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
  'AimEnabled',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'ThirdPartyStoragePartitioning',
]
const browserArgs = [
  `--disable-features=${featuresOff.join(',')}`,
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
]
/** A wait ends as soon as the thing happens; this is for a machine that many others use too. */
const patienceMs = 60_000

export type Theme = 'light' | 'dark'
export type Person = 'administrator' | 'operator' | 'viewer' | 'nobody'

/** What everybody in the tests signs in with; the address is the role's name. */
export const password = 'correct horse battery staple'
export const emailOf = (person: Person) => `${person}@example.org`

export interface PageOptions {
  theme?: Theme
  /** Width of the window in pixels; 1280 unless told. */
  width?: number
  height?: number
  /** Who is signed in; an administrator unless told. */
  as?: Person
}

type Cookies = Awaited<ReturnType<BrowserContext['storageState']>>

/** The browser of this process, for as long as a portal is open. */
let browser: Promise<Browser> | undefined
let portals = 0

async function takeBrowser(executablePath: string): Promise<Browser> {
  portals += 1
  browser ??= chromium.launch({ executablePath, args: browserArgs, chromiumSandbox: false })
  return browser
}

async function leaveBrowser(): Promise<void> {
  portals -= 1
  if (portals > 0) return
  const last = browser
  browser = undefined
  await (await last)?.close()
}

/** A hub with its portal, and a browser to look at it. */
export class Portal {
  hub: HubProcess
  readonly #browser: Browser
  readonly #options: HubOptions
  /** Cookies of those who have signed in. */
  readonly #cookies = new Map<Person, Cookies>()
  readonly #windows = new Set<BrowserContext>()

  private constructor(hub: HubProcess, browser: Browser, options: HubOptions) {
    this.hub = hub
    this.#browser = browser
    this.#options = options
  }

  /** Starts both. @throws when the portal is not built or there is no Chromium */
  static async start(executablePath: string, options: Partial<HubOptions> = {}): Promise<Portal> {
    assert.ok(builtPortal() !== undefined, 'the portal is built: npm run build')
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'ackstone-portal-'))
    const given = { readyMsMax: patienceMs, ...options, folder }
    const [window, hub] = await Promise.allSettled([takeBrowser(executablePath), HubProcess.start(given)])
    if (window.status === 'fulfilled' && hub.status === 'fulfilled') {
      return new Portal(hub.value, window.value, given)
    }
    await leaveBrowser()
    if (hub.status === 'rejected') throw hub.reason
    await hub.value.stop()
    throw new Error('Chromium does not start.', { cause: window })
  }

  get url(): string {
    return `http://127.0.0.1:${this.hub.httpPort}`
  }

  /** Opens a path of the portal in a window of its own. */
  async open(path: string, options: PageOptions = {}): Promise<Page> {
    const { theme = 'light', width = 1280, height = 800, as = 'administrator' } = options
    const context = await this.#browser.newContext({
      colorScheme: theme,
      viewport: { width, height },
      locale: 'en-GB',
      timezoneId: 'UTC',
      reducedMotion: 'reduce',
      baseURL: this.url,
      ...(as !== 'nobody' && { storageState: await this.#cookiesOf(as) }),
    })
    this.#windows.add(context)
    context.once('close', () => this.#windows.delete(context))
    const page = await context.newPage()
    page.setDefaultTimeout(patienceMs)
    await page.goto(path)
    return page
  }

  /** Signs somebody in, once; makes the user when there is none. */
  async #cookiesOf(person: Person): Promise<Cookies> {
    const known = this.#cookies.get(person)
    if (known !== undefined) return known
    const { items } = await this.hub.get<{ items: { email: string }[] }>('/users')
    const email = emailOf(person)
    if (!items.some((user) => user.email === email)) {
      await this.hub.request('POST', '/users', { name: `The ${person}`, email, role: person, password })
    }
    const context = await this.#browser.newContext({ baseURL: this.url })
    const answer = await context.request.post('/api/v1/session', {
      data: { email, password },
      headers: { 'sec-fetch-site': 'same-origin' },
    })
    assert.equal(answer.status(), 200, await answer.text())
    const cookies = await context.storageState()
    await context.close()
    this.#cookies.set(person, cookies)
    return cookies
  }

  /** Ends the hub as asked, and starts it again on the same ports. */
  async restart(how: 'stop' | 'kill' = 'stop'): Promise<void> {
    await this.halt(how)
    await this.resume()
  }

  async halt(how: 'stop' | 'kill' = 'stop'): Promise<void> {
    await (how === 'kill' ? this.hub.kill() : this.hub.stop())
  }

  async resume(): Promise<void> {
    const ports = ['--mqtt-port', String(this.hub.mqttPort), '--http-port', String(this.hub.httpPort)]
    this.hub = await HubProcess.start({ ...this.#options, flags: [...(this.#options.flags ?? []), ...ports] })
  }

  /** Closes what is open of it; the hub goes on. */
  async closeWindows(): Promise<void> {
    await Promise.all(Array.from(this.#windows, (context) => context.close()))
  }

  async close(): Promise<void> {
    await this.closeWindows()
    await Promise.all([leaveBrowser(), this.hub.stop()])
    rmSync(this.#options.folder, { recursive: true, force: true })
  }
}

/** A portal for all tests of a file, said once at its top: `const openPortal = sharedPortal()`. It is started by the
 *  first test that opens it, `const portal = await openPortal(t); if (portal === undefined) return`, and keeps what
 *  tests store: each has devices, integrations and users with names of its own. Undefined, and the test skipped,
 *  where there is no Chromium. */
export function sharedPortal(
  options: Partial<HubOptions> = {},
): (t: TestContext) => Promise<Portal | undefined> {
  let starting: Promise<Portal> | undefined
  after(async () => (await starting)?.close())
  return async (t) => {
    const program = programFor(t)
    if (program === undefined) return undefined
    starting ??= Portal.start(program, options)
    const portal = await starting
    t.after(() => portal.closeWindows())
    return portal
  }
}

/** A portal for one test and its subtests, that finds a hub as it is at first. */
export async function ownPortal(t: TestContext): Promise<Portal | undefined> {
  const program = programFor(t)
  if (program === undefined) return undefined
  const portal = await Portal.start(program)
  t.after(() => portal.close())
  return portal
}

function programFor(t: TestContext): string | undefined {
  const program = requireTool(t, 'chromium')
  if (program === undefined) return undefined
  if (builtPortal() !== undefined) return program
  lack(t, 'needs the built portal: npm run build')
  return undefined
}

export interface Look {
  theme: Theme
  width: number
}

/** Shows what is open in another theme and width, without asking the hub again. */
export async function showAs(page: Page, { theme, width }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
  await page.setViewportSize({ width, height: 800 })
  // Some frames later everything has its new colour and place: transitions begin in the first that knows of the change.
  await page.evaluate(`new Promise((done) => {
    let frames = 0
    const look = () => {
      const isMoving = document.getAnimations().some(({ playState }) => playState === 'running')
      if (++frames > 3 && !isMoving) done()
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })`)
}

/** Waits until nothing is being loaded any more and the typefaces are there. */
export async function untilQuiet(page: Page): Promise<void> {
  await page.waitForLoadState('load')
  const loading = page.locator('[aria-label$="is being loaded."], .skeleton-line')
  await loading.first().waitFor({ state: 'detached' })
  await page.evaluate('document.fonts.ready.then(() => undefined)')
}

interface Violation {
  id: string
  help: string
  nodes: { html: string; failureSummary?: string }[]
}

/** axe finds nothing against WCAG 2.2 A and AA on what is shown now. */
export async function assertAccessible(page: Page, what: string): Promise<void> {
  const isThere = await page.evaluate('typeof axe === "object"')
  if (isThere !== true) {
    const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
    await page.evaluate(`${axe};0`)
  }
  const run =
    'axe.run({ resultTypes: ["violations"], ' +
    'runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })'
  const { violations } = (await page.evaluate(run)) as { violations: Violation[] }
  const found = violations.map(({ id, help, nodes }) => {
    const places = nodes
      .slice(0, 3)
      .map(({ html, failureSummary = '' }) => `    ${html}\n    ${failureSummary}`)
    return `  ${id}: ${help}\n${places.join('\n')}`
  })
  assert.equal(found.length, 0, `${what} has violations:\n${found.join('\n')}`)
}
