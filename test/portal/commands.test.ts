// Commands in a real browser: sent to a device that is there, which acknowledges and answers; and called off.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectAsync } from 'mqtt'
import { assertAccessible, sharedPortal, untilQuiet } from './browser.ts'

const openPortal = sharedPortal()

test('a command is sent, acknowledged and answered; one that waits is called off', async (t) => {
  const portal = await openPortal(t)
  if (portal === undefined) return
  const relay = await connectAsync(`mqtt://127.0.0.1:${portal.hub.mqttPort}`, { clientId: 'relay' })
  t.after(() => relay.endAsync(true))
  await relay.publishAsync('v1/devices/me/telemetry', '{"on":false}', { qos: 1 })
  relay.on('message', (topic) => {
    relay.publish(topic.replace('/request/', '/response/'), '{"done":true}', { qos: 1 })
  })
  await relay.subscribeAsync('v1/devices/me/rpc/request/+', { qos: 1 })

  const page = await portal.open('/devices/relay?tab=commands')
  await page.getByText('No command has been sent to this device').waitFor()
  await page.getByLabel('Command', { exact: true }).fill('setRelay')
  await page.getByLabel('Written as').selectOption({ label: 'ThingsBoard RPC' })
  await page.getByLabel('Parameters').fill('{"on":true}')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByText('answered', { exact: true }).waitFor()
  await page.getByRole('cell', { name: '{"done":true}' }).waitFor()

  await relay.endAsync()
  await page.getByLabel('Command', { exact: true }).fill('later')
  await page.getByLabel('Written as').selectOption({ label: 'Ackstone' })
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByText('queued', { exact: true }).waitFor()
  await untilQuiet(page)
  await assertAccessible(page, 'commands')
  await page.getByRole('button', { name: 'Call off' }).click()
  await page.getByText('cancelled', { exact: true }).waitFor()
})

test('how an integration writes commands is set in the portal, and the wizard keeps it', async (t) => {
  const portal = await openPortal(t)
  if (portal === undefined) return
  await portal.hub.request('POST', '/integrations', {
    ...{
      name: 'Plant',
      kind: 'direct',
      topics: [{ filter: 'plant/{device}/t' }],
      converter: { type: 'json' },
    },
  })
  const page = await portal.open('/integrations/plant?tab=commands')
  await page.getByLabel('Commands are written as').selectOption({ label: 'Template' })
  await page
    .getByLabel('Topic', { exact: true })
    .or(page.getByLabel('Topic (optional)', { exact: true }))
    .fill('plant/{device}/set')
  await page.getByLabel('Template', { exact: true }).fill('{"do": {{params.x}}')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('The template begins like a JSON object', { exact: false }).first().waitFor()
  await page.getByLabel('Template', { exact: true }).fill('{"do": "{{command}}"}')
  await untilQuiet(page)
  await assertAccessible(page, 'commands of an integration')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('are written this way from now on', { exact: false }).waitFor()
  const downlink = { form: 'template', topic: 'plant/{device}/set', template: '{"do": "{{command}}"}' }
  assert.deepEqual((await portal.hub.get<{ downlink: object }>('/integrations/plant')).downlink, downlink)
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('button', { name: 'Resume' }).waitFor()
  assert.deepEqual((await portal.hub.get<{ downlink: object }>('/integrations/plant')).downlink, downlink)
})
