// The list of devices in the browser: from the first one that appears by itself to ten thousand, by search, by
// keyboard, and with a device that is entered by hand.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connectAsync } from 'mqtt'
import { assertAccessible, sharedPortal, untilQuiet, type Portal } from './browser.ts'
import { publish } from './publish.ts'

const devicesPerMessage = 1_000

async function manyDevices(portal: Portal, total: number): Promise<void> {
  const client = await connectAsync(`mqtt://127.0.0.1:${portal.hub.mqttPort}`, { clientId: 'gateway' })
  for (let from = 0; from < total; from += devicesPerMessage) {
    const names = Array.from(
      { length: devicesPerMessage },
      (_, at) => `meter-${String(from + at).padStart(5, '0')}`,
    )
    const payload = Object.fromEntries(
      names.map((name, at) => [name, [{ ts: Date.now(), values: { kwh: from + at } }]]),
    )
    await client.publishAsync('v1/gateway/telemetry', JSON.stringify(payload), { qos: 1 })
  }
  await client.endAsync()
}

describe('the list of devices', () => {
  const openPortal = sharedPortal()

  // The first of the file: the hub has no device yet.
  test('I8: a first device appears by itself, with its value, and its next value too', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const page = await portal.open('/devices')
    await page.getByRole('heading', { name: 'No device has stored anything yet' }).waitFor()
    await page.getByText(/mosquitto_pub -h 127.0.0.1/).waitFor()
    await publish(portal, 'd1', { temp: 21.5 })
    const row = page.getByRole('row', { name: /d1/ })
    await row.getByText('21.5').waitFor()
    await publish(portal, 'd1', { temp: 22.5 })
    await row.getByText('22.5').waitFor()
    await publish(portal, 'd1', { ts: Date.now() - 60_000, values: { temp: 12.5, late: 7 } })
    await row.getByText('late', { exact: true }).waitFor()
    assert.equal(await row.getByText('12.5').count(), 0, 'I9: late data is no newest value')
    const client = await connectAsync(`mqtt://127.0.0.1:${portal.hub.mqttPort}`, { clientId: 'd1' })
    await client.publishAsync('v1/devices/me/telemetry', '{"temp":23.5}', { qos: 1 })
    await row.getByText('Connected', { exact: true }).waitFor()
    await client.endAsync()
    await row.getByText('Not connected').waitFor()
  })

  test('ten thousand devices are all there, walked by keyboard, found by search', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    await manyDevices(portal, 10_000)
    const page = await portal.open('/devices?search=meter-')
    await page.getByText('10,000 devices that have stored a reading.').waitFor()
    const table = page.getByRole('grid', { name: 'Devices' })
    assert.equal(await table.getAttribute('aria-rowcount'), '10001')
    assert.ok((await table.getByRole('row').count()) < 60, 'rows out of sight are not made')
    await page.getByRole('row', { name: /meter-00000/ }).focus()
    await page.keyboard.press('End')
    await page
      .getByRole('row', { name: /meter-09999/ })
      .getByText('9,999')
      .waitFor()
    await untilQuiet(page)
    await assertAccessible(page, 'ten thousand devices')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/devices/meter-09998')
    await page.goBack()
    await page.getByRole('row', { name: /meter-00000/ }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.press('Control+a')
    await page.keyboard.type('0777')
    await page.getByText('11 devices that have stored a reading.').waitFor()
    await page.getByRole('row', { name: /meter-07770/ }).waitFor()
    await page.getByRole('button', { name: 'Last stored' }).click()
    await page.waitForURL(/sort=lastSeenAt-desc/)
    await page
      .getByRole('columnheader', { name: 'Last stored' })
      .and(page.locator('[aria-sort=descending]'))
      .waitFor()
    await page.getByRole('searchbox').fill('nobody')
    await page.getByRole('heading', { name: 'No device is like that' }).waitFor()
  })

  test('a device is entered by hand and gets a token that is shown once', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const page = await portal.open('/devices')
    await page.getByRole('button', { name: 'Add device' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Add a device' })
    await dialog.getByRole('textbox', { name: 'Device identifier' }).fill('pump 1')
    await dialog.getByRole('textbox', { name: 'Device identifier' }).press('Enter')
    const secret = page.getByRole('dialog', { name: 'The token of pump 1' })
    await secret.getByText('It is shown this once.').waitFor()
    await secret.getByRole('button', { name: 'I have copied it' }).click()
    await page.waitForURL('**/devices/pump%201')
    await page.getByRole('heading', { name: 'pump 1', level: 1 }).waitFor()
  })
})
