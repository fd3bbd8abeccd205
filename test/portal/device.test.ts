// A device in the browser: its first message appears while one looks, the chart zooms and goes back, readings leave as
// a file, a secret is seen once, and data is deleted only by who types the name.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { connectAsync } from 'mqtt'
import { assertAccessible, sharedPortal, untilQuiet } from './browser.ts'
import { publish } from './publish.ts'
import { furnish } from './furnish.ts'

describe('a device in the portal', () => {
  const openPortal = sharedPortal()

  test('I8: its first message appears as soon as it is stored, and the next ones while one looks', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const page = await portal.open('/devices/d1')
    await page.getByRole('heading', { name: 'This device has stored nothing yet' }).waitFor()
    await publish(portal, 'd1', { temp: 21.5 })
    const values = page.getByRole('list', { name: 'Latest values' })
    await values.getByText('21.5').waitFor()
    await page.getByRole('img', { name: /^temp of d1/ }).waitFor()
    await publish(portal, 'd1', { temp: 23.25, mode: 'night' })
    await values.getByText('23.25').waitFor()
    await values.getByText('night').waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    const other = await portal.open('/devices/d1')
    await other.getByRole('list', { name: 'Latest values' }).getByText('23.25').waitFor()
    await publish(portal, 'd1', { temp: 99.5 })
    await other.getByRole('list', { name: 'Latest values' }).getByText('99.5').waitFor()
    assert.equal(await values.getByText('99.5').count(), 0, 'paused is paused')
    await page.getByRole('button', { name: 'Paused' }).click()
    await values.getByText('99.5').waitFor()
  })

  test('the chart zooms where one drags, a double click goes back, and the table has the same', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    await furnish(portal.hub, Date.now(), 'zoomed-')
    const page = await portal.open('/devices/zoomed-greenhouse-1?keys=temp')
    const chart = page.getByRole('img', { name: /^temp of zoomed-greenhouse-1: 341 points/ })
    const box = await chart.boundingBox()
    assert.ok(box !== null)
    const drag = async (from: number, to: number) => {
      await page.mouse.move(box.x + box.width * from, box.y + 100)
      await page.mouse.down()
      await page.mouse.move(box.x + box.width * ((from + to) / 2), box.y + 110)
      await page.mouse.move(box.x + box.width * to, box.y + 100)
      await page.mouse.up()
    }
    await drag(0.8, 0.9)
    await page.waitForURL(/from=[\d.]+&to=[\d.]+/)
    const zoomed = new URL(page.url()).searchParams
    const hours = (Number(zoomed.get('to')) - Number(zoomed.get('from'))) / 3_600_000
    assert.ok(hours > 2 && hours < 3.2, `a tenth of a day and a little: ${hours} h`)
    const part = page.getByRole('img', { name: /^temp of zoomed-greenhouse-1: 1[3-9]\d points/ })
    await part.waitFor()
    await page.getByRole('button', { name: 'Show as table' }).click()
    const rows = page.getByRole('grid', { name: 'Readings' })
    assert.ok(Number(await rows.getAttribute('aria-rowcount')) > 130)
    await page.getByRole('button', { name: 'Show as chart' }).click()
    await part.waitFor()
    await page.mouse.dblclick(box.x + box.width * 0.5, box.y + 100)
    await page.waitForURL((url) => !url.searchParams.has('from'))
    await chart.waitFor()
  })

  test('many readings come as at most a thousand points with a band, few as they are', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    // They reach beyond now, so that the last quarter of an hour is full for as long as this takes.
    const end = Date.now() + 180_000
    const total = 100_000
    const step = 10_000
    for (let start = 0; start < total; start += step) {
      const rows = Array.from({ length: step }, (_, index) => ({
        ts: end - (total - start - index) * 500,
        values: { v: Math.sin((start + index) / 3_000) },
      }))
      await portal.hub.request('POST', '/devices/busy/telemetry', rows)
    }
    const page = await portal.open('/devices/busy')
    await page.getByText(/points, one for each 2 min/).waitFor()
    await page.getByRole('button', { name: '15 min' }).click()
    await page.getByText(/1,8\d\d readings/).waitFor()
  })

  test('late readings, gaps and what could not be read are told: in the chart, the messages, the quality', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const now = Date.now()
    await furnish(portal.hub, now, 'late-')
    const page = await portal.open('/devices/late-greenhouse-1?keys=temp')
    await page.getByText('Not connected').waitFor()
    await publish(portal, 'late-greenhouse-1', { ts: now - 7_200_500, temp: 12.5 })
    await page.getByRole('tab', { name: 'Messages' }).click()
    const messages = page.getByRole('table', { name: 'Messages' })
    await messages.getByRole('row', { name: /Late v1\/devices\/me\/telemetry/ }).waitFor()
    await publish(portal, 'late-greenhouse-1', 'no object')
    await messages.getByRole('row', { name: /Rejected .*needs a key/ }).waitFor()
    await page.getByRole('combobox', { name: 'Which messages' }).selectOption('rejected')
    await messages.getByRole('row', { name: /Late/ }).waitFor({ state: 'detached' })
    await page.getByRole('tab', { name: 'Delivery' }).click()
    const quality = page.getByRole('region', { name: 'Quality of the data' })
    await quality.getByRole('definition').filter({ hasText: '1, 20 readings' }).waitFor()
    await quality.getByRole('row', { name: /21 min 20$/ }).waitFor()
    await page.getByRole('tab', { name: 'Data' }).click()
    await page.getByRole('button', { name: '▲ 1 late' }).waitFor()
  })

  test('I8: what happens while the stream of events is being opened is asked for once it is open', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const page = await portal.open('/devices/d2')
    await page.getByRole('heading', { name: 'This device has stored nothing yet' }).waitFor()
    await publish(portal, 'd2', { temp: 21.5 })
    await page.getByRole('list', { name: 'Latest values' }).waitFor()
    const asked = Promise.withResolvers<void>()
    const mayOpen = Promise.withResolvers<void>()
    await page.route(/\/live\?.*traffic/, async (route) => {
      asked.resolve()
      await mayOpen.promise
      await route.continue()
    })
    await page.getByRole('tab', { name: 'Messages' }).click()
    const messages = page.getByRole('table', { name: 'Messages' })
    await messages.getByRole('row', { name: /Stored v1\/devices\/me\/telemetry/ }).waitFor()
    await asked.promise
    await publish(portal, 'd2', 'no object')
    mayOpen.resolve()
    await messages.getByRole('row', { name: /Rejected .*needs a key/ }).waitFor()
  })

  test('I8: a first answer from before the stream was open is asked for again', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    await publish(portal, 'd3', { temp: 21.5 })
    const page = await portal.open('/devices/d3?tab=settings')
    await page.getByRole('heading', { name: 'Rights' }).waitFor()
    const mayAnswer = Promise.withResolvers<void>()
    const answered = Promise.withResolvers<void>()
    await page.route(
      /\/traces\?/,
      async (route) => {
        const before = await route.fetch()
        answered.resolve()
        await mayAnswer.promise
        await route.fulfill({ response: before })
      },
      { times: 1 },
    )
    const mayOpen = Promise.withResolvers<void>()
    await page.route(/\/live\?.*traffic/, async (route) => {
      await mayOpen.promise
      await route.continue()
    })
    await page.getByRole('tab', { name: 'Messages' }).click()
    await answered.promise
    await publish(portal, 'd3', 'no object')
    const opened = page.waitForResponse(/\/live\?.*traffic/)
    mayOpen.resolve()
    await opened
    mayAnswer.resolve()
    const messages = page.getByRole('table', { name: 'Messages' })
    await messages.getByRole('row', { name: /Rejected .*needs a key/ }).waitFor()
  })

  test('readings leave as a file, with the command that does the same', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    await furnish(portal.hub, Date.now(), 'out-')
    const page = await portal.open('/devices/out-meter-7')
    await page.getByRole('button', { name: 'Export' }).click()
    const dialog = page.getByRole('dialog', { name: 'Export readings of out-meter-7' })
    await dialog.getByRole('checkbox', { name: 'power' }).uncheck()
    await dialog.getByText('The same as a command').click()
    await dialog.getByText(/^curl .*devices\/out-meter-7\/series\?keys=kwh'$/).waitFor()
    await assertAccessible(page, 'the export')
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Export CSV' }).click(),
    ])
    assert.equal(file.suggestedFilename(), 'out-meter-7.csv')
    const lines = readFileSync(await file.path(), 'utf8')
      .trimEnd()
      .split('\r\n')
    assert.equal(lines[0], 'ts,kwh')
    assert.equal(lines.length, 361)
    await dialog.getByText('Done: 360 rows').waitFor()
    await dialog.getByLabel('Format').selectOption({ label: 'NDJSON' })
    const [other] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Export NDJSON' }).click(),
    ])
    assert.equal(other.suggestedFilename(), 'out-meter-7.ndjson')
    const objects = readFileSync(await other.path(), 'utf8')
      .trimEnd()
      .split('\n')
    assert.equal(objects.length, 360)
    assert.equal(typeof (JSON.parse(objects[0] ?? '') as { ts: number }).ts, 'number')
    await dialog.getByText('Done: 360 rows').waitFor()
  })

  test('a secret is shown once, and works; a viewer can make none and is told why', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const page = await portal.open('/devices/d9?tab=credentials')
    await page.getByRole('button', { name: 'Create a credential' }).click()
    await page.getByRole('radio', { name: 'Token' }).check()
    await assertAccessible(page, 'making a credential')
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    const shown = page.getByRole('dialog', { name: 'The token of d9' })
    const token = await shown.locator('.secret code').innerText()
    assert.ok(token.length >= 20)
    await assertAccessible(page, 'a secret')
    await shown.getByRole('button', { name: 'I have copied it' }).click()
    await page.getByRole('cell', { name: 'Token' }).waitFor()
    assert.equal((await page.content()).includes(token), false)
    await page.reload()
    await page.getByRole('cell', { name: 'Token' }).waitFor()
    assert.equal((await page.content()).includes(token), false)
    const client = await connectAsync(`mqtt://127.0.0.1:${portal.hub.mqttPort}`, {
      clientId: 'd9',
      username: token,
    })
    await client.endAsync()

    const viewers = await portal.open('/devices/d9?tab=credentials', { as: 'viewer' })
    const button = viewers.getByRole('button', { name: 'Create a credential' })
    assert.equal(await button.getAttribute('aria-disabled'), 'true')
    await viewers.getByRole('button', { name: 'Revoke' }).focus()
    await button.hover()
    await viewers.getByText('You are signed in as viewer. This needs the role operator').first().waitFor()
  })

  test('data is deleted only by who types the name', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    await furnish(portal.hub, Date.now(), 'old-')
    const page = await portal.open('/devices/old-pump-north?tab=settings')
    await page.getByRole('button', { name: 'Delete all readings' }).click()
    const dialog = page.getByRole('dialog', { name: 'Delete all readings?' })
    const button = dialog.getByRole('button', { name: 'Delete', exact: true })
    assert.equal(await button.getAttribute('aria-disabled'), 'true')
    await dialog.getByRole('textbox').fill('pump-south')
    await dialog.getByRole('textbox').press('Enter')
    assert.equal(
      Object.keys(await portal.hub.get('/devices/old-pump-north/latest')).length,
      3,
      'nothing has happened',
    )
    await assertAccessible(page, 'deleting')
    await dialog.getByRole('textbox').fill('old-pump-north')
    await button.click()
    await page.getByText('1,080 readings of old-pump-north are deleted.').waitFor()
    assert.deepEqual(await portal.hub.get('/devices/old-pump-north/latest'), {})
    await page.getByRole('tab', { name: 'Data' }).click()
    await page.getByRole('heading', { name: 'This device has stored nothing yet' }).waitFor()
    await untilQuiet(page)
  })
})
