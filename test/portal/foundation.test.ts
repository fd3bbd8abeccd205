// The frame of the portal in a real browser: it is served with a strict policy, keys go where they say, and a hub that
// restarts is said and forgotten.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { builtPortal } from '../../src/api/static.ts'
import { lack } from '../tools.ts'
import { sharedPortal } from './browser.ts'
import { furnish } from './furnish.ts'

const firstLoadBytesMax = 200_000

describe('the portal', () => {
  const openPortal = sharedPortal()

  test('is served with a strict policy, its files for a year, its pages anew', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const page = await fetch(`${portal.url}/devices`, { headers: { accept: 'text/html' } })
    const html = await page.text()
    assert.equal(page.status, 200)
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'; script-src 'self'/)
    assert.match(page.headers.get('cache-control') ?? '', /max-age=0/)
    assert.equal(page.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(page.headers.get('cross-origin-opener-policy'), 'same-origin')
    assert.doesNotMatch(html, /<script(?![^>]*src=)|<style|\sstyle=/, 'nothing stands inline')
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? ''
    const asset = await fetch(portal.url + script, { headers: { 'accept-encoding': 'br' } })
    assert.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable')
    assert.equal(asset.headers.get('content-encoding'), 'br')
    assert.match(asset.headers.get('content-type') ?? '', /javascript/)
    for (const path of ['/assets/nothing.js', '/api/v1/nothing', '/metrics/x']) {
      const missing = await fetch(portal.url + path, { headers: { accept: 'text/html' } })
      assert.equal(missing.status, 404, path)
      assert.match(missing.headers.get('content-type') ?? '', /problem\+json/, path)
    }
    const outside = await fetch(`${portal.url}/assets/..%2f..%2fpackage.json`)
    assert.ok(outside.status >= 400 && outside.status < 500, 'there is no way out of the folder')
  })

  test('needs at most 200 KB of compressed JavaScript at first', (t) => {
    const folder = builtPortal()
    if (folder === undefined) return lack(t, 'needs the built portal: npm run build')
    const html = readFileSync(join(folder, 'index.html'), 'utf8')
    const first = [...html.matchAll(/(?:src|href)="(\/[^"]+\.js)"/g)].map(([, path = '']) => path)
    assert.ok(first.length > 1, 'the page names its scripts')
    const bytes = first.reduce((sum, path) => sum + gzipSync(readFileSync(join(folder, path))).length, 0)
    assert.ok(bytes <= firstLoadBytesMax, `${bytes} bytes`)
    assert.ok(readdirSync(join(folder, 'assets')).some((name) => name.endsWith('.js.br')))
    return undefined
  })

  test('keys lead to pages, to the search and to help; a palette finds a device', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    await furnish(portal.hub, Date.now())
    const page = await portal.open('/devices')
    await page.getByRole('row', { name: /pump-north/ }).waitFor()
    await page.keyboard.press('/')
    assert.equal(await page.evaluate('document.activeElement?.ariaLabel'), 'Search devices')
    await page.getByRole('heading', { name: 'Devices' }).click()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Page, device or integration' }).fill('pump')
    await page.getByRole('option', { name: /pump-north/ }).waitFor()
    await page.getByRole('combobox', { name: 'Page, device or integration' }).press('Enter')
    await page.waitForURL('**/devices/pump-north')
  })

  test('says that the hub is away and that it is back, and shows what has changed meanwhile', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    await portal.hub.request('POST', '/devices/old-hand/telemetry', { temp: 19 })
    const page = await portal.open('/devices')
    await page.getByRole('row', { name: /old-hand/ }).waitFor()
    await portal.halt('kill')
    await page.getByText('The hub does not answer.').waitFor()
    // It is said for some seconds only, so somebody has to look from the beginning.
    const back = page.getByText('The hub is back.').waitFor()
    const resume = async () => {
      await portal.resume()
      await portal.hub.request('POST', '/devices/newcomer/telemetry', { temp: 20 })
    }
    await Promise.all([back, resume()])
    await page.getByText('The hub does not answer.').waitFor({ state: 'detached' })
    await page.getByRole('row', { name: /newcomer/ }).waitFor()
  })
})
