// Live traffic, rejected messages and delivery in the browser, with devices that publish for real: what a person
// sees of a message, at any rate, over a restart of the hub, and how a converter is mended.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connectAsync, type MqttClient } from 'mqtt'
import { assertAccessible, sharedPortal, showAs, untilQuiet, type Portal } from './browser.ts'
import { publish } from './publish.ts'

function connect(portal: Portal, clientId: string): Promise<MqttClient> {
  return connectAsync(`mqtt://127.0.0.1:${portal.hub.mqttPort}`, { clientId })
}

async function acknowledgedBy(portal: Portal): Promise<number> {
  return (await portal.hub.get<{ acknowledged: number }>('/delivery')).acknowledged
}

type Latest = Record<string, { value: unknown }>

const openPortal = sharedPortal()

describe('live traffic', () => {
  // The first of the file: nothing has been published yet, and only its message is counted.
  test('I8: a message appears once it is stored, and opens with its whole way', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const page = await portal.open('/traffic')
    await page.getByRole('heading', { name: 'Nothing has been published yet' }).waitFor()
    await publish(portal, 'd1', { temp: 21.5 })
    const row = page.getByRole('row', { name: /Stored.*v1\/devices\/me\/telemetry.*d1/ })
    await row.waitFor()
    await row.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'The way of a message' })
    const way = dialog.getByRole('list', { name: 'The way of the message' })
    for (const stop of ['Received', 'Decoded', 'Stored', 'Acknowledged']) {
      await way
        .getByRole('listitem')
        .filter({ hasText: stop })
        .getByText(/ms|\d\d:\d\d:\d\d/)
        .first()
        .waitFor()
    }
    await dialog.getByText('PUBACK after the commit').waitFor()
    const readings = dialog.getByRole('table', { name: 'Readings of the message' })
    // Exactly: the time beside it may have these digits too.
    await readings.getByText('21.5', { exact: true }).waitFor()
    await dialog.getByRole('tab', { name: 'Hex' }).click()
    await dialog.getByText(/^000000 {2}7b 22 74 65/).waitFor()
    await dialog
      .getByText(/mosquitto_pub -h 127.0.0.1 -p \d+ -q 1 -i d1 -t v1\/devices\/me\/telemetry -m/)
      .waitFor()
    await dialog.getByText(/curl -X POST .* \/?.*devices\/d1\/telemetry/).waitFor()
    await dialog.getByRole('button', { name: 'Replay through a converter' }).click()
    await dialog.getByRole('button', { name: 'Try', exact: true }).click()
    await dialog.getByRole('table', { name: 'Readings that the converter gives' }).getByText('temp').waitFor()
    await assertAccessible(page, 'the way of a message')
    await page.reload()
    await page
      .getByRole('dialog', { name: 'The way of a message' })
      .getByText('PUBACK after the commit')
      .waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('link', { name: /Acked 1 Stored 1 Difference 0/ }).waitFor()
  })

  test('the space bar pauses, filters stand in the address and find what fits', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    await publish(portal, 'space-1', { temp: 1 })
    await publish(portal, 'space-2', { temp: 2 })
    const page = await portal.open('/traffic?device=space-2')
    const table = page.getByRole('grid', { name: 'Messages, newest first' })
    await table.getByRole('row', { name: /space-2/ }).waitFor()
    assert.equal(await table.getByRole('row', { name: /space-1/ }).count(), 0)
    await page.getByRole('button', { name: 'Clear' }).click()
    await table.getByRole('row', { name: /space-1/ }).waitFor()
    await page.getByRole('heading', { level: 1 }).click()
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: 'Paused' }).waitFor()
    await publish(portal, 'space-3', { temp: 3 })
    await publish(portal, 'space-4', { temp: 4 })
    // The figures in the head go on: once they count both, both would have been shown.
    await page.getByRole('link', { name: `Acked ${await acknowledgedBy(portal)} Stored` }).waitFor()
    assert.equal(await table.getByRole('row', { name: /space-[34]/ }).count(), 0, 'paused is paused')
    await page.keyboard.press('Space')
    await table.getByRole('row', { name: /space-4/ }).waitFor()
    await table.getByRole('row', { name: /space-3/ }).waitFor()
    await page.getByRole('combobox', { name: 'Outcome' }).selectOption('shed')
    await page.waitForURL(/outcome=shed/)
    await page.getByRole('heading', { name: 'No message is like that' }).waitFor()
  })

  test('a hub that restarts while the page is open: it says so, comes back, and goes on', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    await publish(portal, 'before', { temp: 1 })
    const page = await portal.open('/traffic')
    await page.getByRole('row', { name: /before/ }).waitFor()
    await portal.halt()
    await page
      .getByRole('status')
      .filter({ hasText: /does not answer|lost|reconnect/i })
      .first()
      .waitFor()
    await portal.resume()
    await page
      .getByRole('status')
      .filter({ hasText: /does not answer/i })
      .first()
      .waitFor({ state: 'detached' })
    await publish(portal, 'afterwards', { temp: 2 })
    await page.getByRole('row', { name: /afterwards/ }).waitFor()
  })

  // The last of these: after a flood messages are sampled for a while.
  test('I7: a thousand messages a second do not stop the page: it draws, counts and answers', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const page = await portal.open('/traffic')
    const device = await connect(portal, 'flood')
    let isOver = false
    const flood = (async () => {
      while (!isOver) {
        const some = Array.from({ length: 100 }, () =>
          device.publishAsync('ack/flood', '{"v":1}', { qos: 1 }),
        )
        await Promise.all([...some, new Promise((resolve) => setTimeout(resolve, 90))])
      }
    })()
    await page.getByText(/showing about 1 in \d/).waitFor()
    // It goes on drawing while rows come in; the longest time between two frames is told, not judged.
    const longestMs = (await page.evaluate(`new Promise((resolve) => {
      let [last, longest, frames] = [performance.now(), 0, 0]
      const step = (now) => {
        longest = Math.max(longest, now - last)
        last = now
        if (++frames < 120) requestAnimationFrame(step)
        else resolve(longest)
      }
      requestAnimationFrame(step)
    })`)) as number
    const rows = await page.getByRole('grid').getByRole('row').count()
    assert.ok(rows < 80, `${rows} rows are made`)
    await page.getByRole('combobox', { name: 'Outcome' }).selectOption('stored')
    await page.waitForURL(/outcome=stored/)
    isOver = true
    await flood
    await device.endAsync()
    t.diagnostic(`longest frame ${Math.round(longestMs)} ms`)
  })
})

describe('rejected messages', () => {
  test('I6: what could not be read is put together, the converter mended, and all of it stored', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    await portal.hub.request('POST', '/integrations', {
      name: 'Plant',
      kind: 'direct',
      topics: [{ filter: 'plant/{device}', qos: 1 }],
      converter: { type: 'json' },
    })
    const device = await connect(portal, 'gateway')
    for (const name of ['p1', 'p2', 'p3']) await device.publishAsync(`plant/${name}`, 'ON', { qos: 1 })
    await device.endAsync()
    const page = await portal.open('/rejected?integration=plant')
    const group = page.getByRole('region', { name: 'Plant: json_syntax' })
    await group.getByText('3 rejected').waitFor()
    await group.getByRole('button', { name: 'Retry all 3' }).click()
    await group.getByText('0 of 3 are stored; the others still can’t be read.').waitFor()
    await group.getByRole('button', { name: 'Look at them' }).click()
    await group.getByRole('button', { name: 'Replay with an edited converter' }).click()
    await untilQuiet(page)
    await assertAccessible(page, 'rejected messages')
    const replay = group.getByRole('region', { name: 'Replay through a converter' })
    await replay.getByRole('textbox', { name: 'Converter' }).fill('{"type":"value","key":"state"}')
    await replay.getByRole('button', { name: 'Try', exact: true }).click()
    await replay.getByRole('table').getByText('state').waitFor()
    await replay.getByRole('button', { name: 'Keep this converter and retry all' }).click()
    await page.getByRole('heading', { name: 'Nothing has been rejected' }).waitFor()
    for (const name of ['p1', 'p2', 'p3']) {
      const latest: Latest = await portal.hub.get<Latest>(`/devices/${name}/latest`)
      assert.equal(latest['state']?.value, true)
    }
  })

  test('who may only read sees them, and why nothing can be done', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const device = await connect(portal, 'unread')
    await device.publishAsync('v1/devices/me/telemetry', 'ON', { qos: 1 })
    await device.endAsync()
    const page = await portal.open('/rejected', { as: 'viewer' })
    const retry = page.getByRole('button', { name: 'Retry', exact: true }).first()
    await retry.waitFor()
    assert.equal(await retry.getAttribute('aria-disabled'), 'true')
    await retry.hover()
    await page
      .getByText(/This needs the role operator/)
      .first()
      .waitFor()
  })
})

describe('overview and delivery', () => {
  const openNewPortal = sharedPortal()

  // The first here: the hub has stored nothing yet.
  test('the overview begins with the first reading, and tells what needs attention', async (t) => {
    const portal = await openNewPortal(t)
    if (portal === undefined) return
    const page = await portal.open('/')
    await page.getByRole('heading', { name: 'Get to your first stored reading' }).waitFor()
    await page.getByRole('heading', { name: 'Nothing needs attention' }).waitFor()
    const device = await connect(portal, 'd1')
    await device.publishAsync('v1/devices/me/telemetry', '{"temp":1}', { qos: 1 })
    await device.publishAsync('v1/devices/me/telemetry', 'ON', { qos: 1 })
    await device.publishAsync('nobody/wants/this', '{}', { qos: 0 })
    await device.endAsync()
    await page.reload()
    await page.getByRole('button', { name: 'Put away' }).click()
    await page.getByText(/could not be read/).waitFor()
    await page.getByText(/publish to nobody\/wants\/this, and no integration takes it/).waitFor()
    await untilQuiet(page)
    await assertAccessible(page, 'the overview')
    await showAs(page, { theme: 'dark', width: 1280 })
    await assertAccessible(page, 'the overview in the dark')
    await page.getByRole('link', { name: 'Mend and retry' }).click()
    await page.waitForURL('**/rejected')
  })

  test('the promise is told in figures that agree, and each minute is drawn', async (t) => {
    const portal = await openNewPortal(t)
    if (portal === undefined) return
    for (const value of [1, 2, 3]) await publish(portal, 'd1', { value })
    const page = await portal.open('/delivery')
    const all = String(await acknowledgedBy(portal))
    const promise = page.getByRole('region', { name: 'The promise' })
    await promise
      .locator('dd')
      .filter({ hasText: new RegExp(`^${all}$`) })
      .nth(1)
      .waitFor()
    assert.deepEqual(await promise.locator('dd').allInnerTexts(), [all, all, '0', '0'])
    await page
      .getByRole('table', { name: 'Figures of each integration' })
      .getByRole('row', { name: new RegExp(`Device API.*${all}`) })
      .waitFor()
    const chart = page.getByRole('region', { name: 'Messages', exact: true })
    await chart.getByRole('img', { name: /Messages, a minute: \d/ }).waitFor()
    await chart.getByRole('button', { name: 'As a table' }).click()
    await chart.getByRole('table').getByRole('row').nth(1).waitFor()
    await untilQuiet(page)
    await assertAccessible(page, 'delivery')
    await showAs(page, { theme: 'dark', width: 1280 })
    await assertAccessible(page, 'delivery in the dark')
  })
})
