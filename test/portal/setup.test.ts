// The Integration Setup procedure in a real browser, against a real hub, with real MQTT clients publishing: for each
// Quality of Service from an empty list to stored readings; drafts, wrong input, keyboard, and who may not save.
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { connectAsync, type MqttClient } from 'mqtt'
import type { Page } from 'playwright-core'
import { startMosquitto } from '../mosquitto-broker.ts'
import { longRing, requireTool, rings } from '../tools.ts'
import { assertAccessible, sharedPortal, untilQuiet } from './browser.ts'

type Latest = Record<string, { ts: number; value: unknown }>

const levels = [
  { qos: 0, card: 'QoS 0: At most once' },
  { qos: 1, card: 'QoS 1: At least once' },
  { qos: 2, card: 'QoS 2: Exactly once' },
] as const

async function device(t: TestContext, port: number, clientId: string): Promise<MqttClient> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId })
  t.after(() => client.endAsync(true))
  return client
}

/** Publishes until the test is over; each message has its own time. */
function keepPublishing(t: TestContext, client: MqttClient, topic: string): void {
  let total = 1000
  const timer = setInterval(() => {
    client.publish(topic, JSON.stringify({ ts: Date.now(), litres: total++ }), { qos: 1 })
  }, 100)
  t.after(() => clearInterval(timer))
}

const next = (page: Page, step: string) => page.getByRole('button', { name: `Next: ${step}` }).click()
const filterField = (page: Page, number: number) =>
  page.getByRole('textbox', { name: `Topic filter ${number}` })

async function toTopics(page: Page, filter: string): Promise<void> {
  assert.ok(await page.getByLabel('Devices connect to this hub').isChecked())
  await next(page, 'topics')
  await filterField(page, 1).fill(filter)
}

describe('Integration Setup', () => {
  const openPortal = sharedPortal()

  for (const { qos, card } of levels) {
    const ring = qos === 1 ? {} : longRing
    test(`from nothing to a stored reading at QoS ${qos}`, ring, async (t) => {
      const portal = await openPortal(t)
      if (portal === undefined) return
      const [name, id] = [`Waterworks ${qos}`, `pump${qos}`]
      const filter = `plant${qos}/{device}/telemetry`
      const topic = `plant${qos}/${id}/telemetry`
      const pump = await device(t, portal.hub.mqttPort, id)
      keepPublishing(t, pump, topic)

      const page = await portal.open('/integrations')
      await page.getByRole('button', { name: 'Set up an integration' }).first().click()
      await toTopics(page, filter)
      await page.getByRole('button', { name: 'Listen for 10 seconds' }).click()
      await page.getByRole('cell', { name: topic }).first().waitFor()
      // On a slow machine the ten seconds may be over.
      const listen = page.getByRole('button', { name: 'Listen for 10 seconds' })
      await page.getByRole('button', { name: 'Stop listening' }).or(listen).click()
      await next(page, 'Quality of Service')

      assert.ok(await page.getByLabel('QoS 0: At most once').isChecked(), 'QoS 0 is preselected')
      await page.getByText('Recommended: QoS 1').waitFor()
      assert.ok(await page.getByLabel('QoS 0: At most once').isChecked(), 'a recommendation changes nothing')
      await page.getByLabel(card).check()
      await page.getByRole('img', { name: `QoS ${qos} when all goes well` }).waitFor()
      await page.getByRole('tab', { name: 'A packet is lost' }).click()
      await page.getByRole('img', { name: `QoS ${qos} when a packet is lost` }).waitFor()
      await next(page, 'converter')

      await page.getByText('The samples look like json').waitFor()
      await page.getByRole('cell', { name: 'litres' }).first().waitFor()
      await next(page, 'check and save')

      await page.getByLabel('Name of the integration').fill(name)
      await page.getByRole('button', { name: 'Prove it with a real message' }).click()
      await page.getByText('Stored, acknowledged and read back.').waitFor()
      await page.getByRole('button', { name: 'Save and start' }).click()
      await page.getByRole('heading', { name, level: 1 }).waitFor()

      await pump.publishAsync(topic, '{"proof":1}', { qos: 2 })
      if (qos > 0) {
        const latest = await portal.hub.get<Latest>(`/devices/${id}/latest`)
        assert.equal(latest['proof']?.value, 1)
      }
      const { items } = await portal.hub.get<{ items: { name: string; topics: unknown }[] }>('/integrations')
      assert.deepEqual(items.find((each) => each.name === name)?.topics, [{ filter, qos }])
    })
  }

  test('a broker of another make is attached, and what it had is stored', async (t) => {
    const portal = await openPortal(t)
    const path = requireTool(t, 'mosquitto')
    if (portal === undefined || path === undefined) return
    const broker = await startMosquitto(path)
    t.after(() => broker.stop())
    const meter = await device(t, broker.port, 'meter')
    keepPublishing(t, meter, 'house/meter/up')

    const page = await portal.open('/integrations/new')
    await page.getByLabel('Attach another broker').check()
    await page.getByRole('textbox', { name: 'Address' }).fill('mqtt://127.0.0.1:1')
    await page.getByRole('button', { name: 'Test the connection' }).click()
    await page.getByText('The connection does not stand yet.').waitFor()
    await page.getByRole('textbox', { name: 'Address' }).fill(`mqtt://127.0.0.1:${broker.port}`)
    await page.getByRole('button', { name: 'Test the connection' }).click()
    await page.getByText('The broker answers.').waitFor()
    await next(page, 'topics')
    await filterField(page, 1).fill('house/{device}/up')
    // It takes all of the ten seconds with a broker.
    const listens = rings() !== 'quick'
    if (listens) {
      await page.getByRole('button', { name: 'Listen for 10 seconds' }).click()
      await page.getByRole('cell', { name: 'house/meter/up' }).first().waitFor()
    }
    await next(page, 'Quality of Service')
    await page.getByLabel('QoS 1: At least once').check()
    await next(page, 'converter')
    if (listens) await page.getByRole('cell', { name: 'litres' }).first().waitFor()
    await next(page, 'check and save')
    await page.getByLabel('Name of the integration').fill('House')
    await page.getByRole('button', { name: 'Save and start' }).click()
    await page.getByRole('heading', { name: 'House', level: 1 }).waitFor()
    await page.getByText('connected', { exact: true }).first().waitFor()
    await untilQuiet(page)
    await assertAccessible(page, 'the bridge')
    await page.waitForFunction(
      `fetch('/api/v1/devices/meter/latest').then((answer) => answer.json()).then(({ litres }) => litres !== undefined)`,
    )
  })

  test('a draft survives a reload, going back, and is found again', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const page = await portal.open('/integrations/new')
    await toTopics(page, 'draft/{device}')
    await next(page, 'Quality of Service')
    await page.getByLabel('QoS 2: Exactly once').check()
    await page.reload()
    await page.getByLabel('QoS 2: Exactly once').waitFor()
    assert.ok(await page.getByLabel('QoS 2: Exactly once').isChecked())
    await page.goBack()
    await filterField(page, 1).waitFor()
    assert.equal(await filterField(page, 1).inputValue(), 'draft/{device}')
    await page.goto('/integrations')
    await page.getByRole('link', { name: 'draft/{device}' }).click()
    await filterField(page, 1).or(page.getByLabel('QoS 2: Exactly once')).first().waitFor()
  })

  test('what is wrong is said where it is typed, and keeps one from going on', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const page = await portal.open('/integrations/new')
    await toTopics(page, 'a/#/b')
    await page.getByText('# stands for all that follows, so it comes last.').first().waitFor()
    const on = page.getByRole('button', { name: 'Next: Quality of Service' })
    assert.equal(await on.getAttribute('aria-disabled'), 'true')
    await on.click({ force: true })
    await filterField(page, 1).waitFor()
    await filterField(page, 1).fill('a/{device}')
    await on.click()
    await page.getByLabel('QoS 0: At most once').waitFor()
  })

  test('a name that is taken is said at the name, and nothing entered is lost', longRing, async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const taken = {
      name: 'Plant',
      kind: 'direct',
      topics: [{ filter: 'x/{device}' }],
      converter: { type: 'json' },
    }
    await portal.hub.request('POST', '/integrations', taken)
    const page = await portal.open('/integrations/new')
    await toTopics(page, 'y/{device}')
    for (const step of ['Quality of Service', 'converter', 'check and save']) await next(page, step)
    await page.getByLabel('Name of the integration').fill('Plant')
    await page.getByRole('button', { name: 'Save and start' }).click()
    await page.getByRole('alert').first().waitFor()
    assert.equal(await page.getByLabel('Name of the integration').inputValue(), 'Plant')
    await page.getByLabel('Name of the integration').fill('Plant 2')
    await page.getByRole('button', { name: 'Save paused' }).click()
    await page.getByRole('heading', { name: 'Plant 2', level: 1 }).waitFor()
    await page.getByText('Paused').first().waitFor()
  })

  test('every step by keyboard alone', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const page = await portal.open('/integrations/new')
    const press = async (name: string | RegExp, role: 'button' | 'radio' | 'textbox' = 'button') => {
      const target = page.getByRole(role, { name })
      await target.waitFor()
      for (let tabs = 0; tabs < 60; tabs++) {
        if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return
        await page.keyboard.press('Tab')
      }
      assert.fail(`${name} is not in reach of the keyboard`)
    }
    await press('Next: topics')
    await page.keyboard.press('Enter')
    await press('Topic filter 1', 'textbox')
    await page.keyboard.type('keys/{device}')
    await press('Next: Quality of Service')
    await page.keyboard.press('Enter')
    await press(/QoS 0/, 'radio')
    await page.keyboard.press('ArrowDown')
    assert.ok(await page.getByLabel('QoS 1: At least once').isChecked())
    await press('Next: converter')
    await page.keyboard.press('Enter')
    await press('Next: check and save')
    await page.keyboard.press('Enter')
    await press('Name of the integration', 'textbox')
    await page.keyboard.type('By keyboard')
    await press('Save and start')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'By keyboard', level: 1 }).waitFor()
  })

  test('each step is accessible, in both themes and narrow', longRing, async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    for (const { theme, width } of [
      { theme: 'light', width: 1280 },
      { theme: 'dark', width: 360 },
    ] as const) {
      const page = await portal.open('/integrations/new', { theme, width })
      await page.getByLabel('Attach another broker').check()
      await untilQuiet(page)
      await assertAccessible(page, `the source, ${theme}`)
      await page.getByLabel('Devices connect to this hub').check()
      await toTopics(page, 'a/{device}')
      for (const step of ['Quality of Service', 'converter', 'check and save']) {
        await next(page, step)
        await untilQuiet(page)
        await assertAccessible(page, `${step}, ${theme}`)
      }
    }
  })

  test('a viewer may look, and is told why saving is not for them', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const page = await portal.open('/integrations', { as: 'viewer' })
    const button = page.getByRole('button', { name: 'Set up an integration' }).first()
    await button.waitFor()
    assert.equal(await button.getAttribute('aria-disabled'), 'true')
    await button.focus()
    await page
      .getByText(/You are signed in as viewer/)
      .first()
      .waitFor()
  })
})
