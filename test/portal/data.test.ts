// Data as files in the browser: what goes out comes in again, a file of another make is explained by its columns, and
// lines that can't be stored are told.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { assertAccessible, sharedPortal, untilQuiet } from './browser.ts'
import { furnish } from './furnish.ts'

describe('data as files', () => {
  const openPortal = sharedPortal()

  test('what is exported can be imported, as CSV and as NDJSON', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const [first, second] = [2n ** 53n + 1n, 'yes, "quoted"']
    await portal.hub.request('POST', '/devices/out-1/telemetry', {
      ts: 1_764_000_000_123.5,
      text: second,
      on: true,
    })
    await portal.hub.request('POST', '/devices/out-2/telemetry', { ts: 1_764_000_000_000, v: 1.25 })
    await fetch(`${portal.url}/api/v1/devices/out-2/telemetry`, {
      method: 'POST',
      headers: {
        'authorization': 'Bearer the-administrator-of-the-tests',
        'content-type': 'application/json',
      },
      body: `{"ts":1764000000000,"long":${first}}`,
    })
    const page = await portal.open('/data')
    for (const format of ['csv', 'ndjson'] as const) {
      await page.goto('/data')
      await page.getByRole('radio', { name: 'By name' }).check()
      await page.getByRole('textbox', { name: 'The identifier contains' }).fill('out-')
      await page.getByRole('combobox', { name: 'Format' }).selectOption(format)
      await page.getByRole('button', { name: 'How much is it?' }).click()
      await page.getByText('4 readings of 2 devices').waitFor()
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Export', exact: true }).click(),
      ])
      await page.getByText('Done: 4 readings of 2 devices').waitFor()
      const text = readFileSync(await file.path(), 'utf8')
      assert.ok(text.includes(String(first)), `${format} keeps all digits`)
      await page.goto('/data?tab=import')
      const buffer = Buffer.from(text.replaceAll('out-', `${format}-in-`))
      await page
        .getByLabel('Choose a file')
        .setInputFiles({ name: `x.${format}`, mimeType: 'text/plain', buffer })
      await page.getByRole('table', { name: 'The first rows' }).getByText('Would be stored').first().waitFor()
      if (format === 'csv') await assertAccessible(page, 'an import')
      await page.getByRole('button', { name: 'Store the readings' }).click()
      await page.getByText('Done: 4 rows with 4 readings are stored.').waitFor()
      const out: object = await portal.hub.get('/devices/out-1/latest')
      const back: object = await portal.hub.get(`/devices/${format}-in-1/latest`)
      assert.deepEqual(back, out)
      const answer = await fetch(`${portal.url}/api/v1/devices/${format}-in-2/latest`, {
        headers: { authorization: 'Bearer the-administrator-of-the-tests' },
      })
      assert.match(await answer.text(), new RegExp(`"value":${first}`))
    }
  })

  test('a wide file with semicolons is explained by its columns; bad lines are told with their reasons', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const page = await portal.open('/data?tab=import')
    const rows = Array.from(
      { length: 3_000 },
      (_, at) => `${1_764_000_000 + at * 60};${20 + (at % 10)};${at}`,
    )
    rows[1_500] = 'soon;1;2'
    rows[2_000] = `${1_764_000_000 + 2_000 * 60};;`
    const buffer = Buffer.from(`\ufeffTime;temp;count\r\n${rows.join('\r\n')}\r\n`)
    await page.getByLabel('Choose a file').setInputFiles({ name: 'wide.csv', mimeType: 'text/csv', buffer })
    const store = page.getByRole('button', { name: 'Store the readings' })
    assert.equal(await store.getAttribute('aria-disabled'), 'true')
    await page.getByRole('textbox', { name: 'Device of all rows' }).fill('imported')
    assert.equal(await page.getByRole('combobox', { name: 'Unit of numbers' }).inputValue(), 's')
    await page.getByRole('checkbox', { name: 'count' }).uncheck()
    await page.getByRole('table', { name: 'The first rows' }).getByText('{"temp":20}').first().waitFor()
    await store.click()
    await page.getByText('Done: 2,998 rows with 2,998 readings are stored, 2 could not be read.').waitFor()
    const bad = page.getByRole('table', { name: 'Lines that were not stored' })
    await bad.getByRole('row', { name: /1502 .*"soon", which is no moment/ }).waitFor()
    await bad.getByRole('row', { name: /2002 It has no value/ }).waitFor()
    assert.deepEqual(Object.keys(await portal.hub.get('/devices/imported/latest')), ['temp'])
  })

  test('a viewer may take data along and not bring any', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    await furnish(portal.hub, Date.now())
    const page = await portal.open('/data', { as: 'viewer' })
    await page.getByRole('radio', { name: 'Named ones' }).check()
    await page.getByRole('textbox', { name: 'Identifiers' }).fill('meter-7')
    await page.getByRole('textbox', { name: 'Keys' }).fill('kwh')
    await page.getByRole('button', { name: 'Export', exact: true }).click()
    await page.getByText('Done: 360 readings of 1 devices').waitFor()
    await page.getByRole('tab', { name: 'Import' }).click()
    const buffer = Buffer.from('device,ts,key,value\nd,1,k,1\n')
    await page.getByLabel('Choose a file').setInputFiles({ name: 'x.csv', mimeType: 'text/csv', buffer })
    await untilQuiet(page)
    assert.equal(
      await page.getByRole('button', { name: 'Store the readings' }).getAttribute('aria-disabled'),
      'true',
    )
  })
})
