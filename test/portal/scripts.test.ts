// Scripts in a real browser: written, tried on a message, kept with versions, used by an integration, removed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertAccessible, sharedPortal, untilQuiet } from './browser.ts'

const openPortal = sharedPortal()

test('a script is written, tried, kept in versions, used, and can’t be removed while it is', async (t) => {
  const portal = await openPortal(t)
  if (portal === undefined) return
  const page = await portal.open('/scripts')
  await page.getByRole('button', { name: 'Write a script' }).click()
  await page.getByRole('textbox', { name: 'Source of the script' }).waitFor()

  await page.getByLabel('Payload', { exact: true }).fill('08 66')
  await page.getByRole('button', { name: 'Run the script' }).click()
  await page.getByRole('cell', { name: '21.5' }).waitFor()
  await page.getByLabel('Payload', { exact: true }).fill('08')
  await page.getByRole('button', { name: 'Run the script' }).click()
  await page.getByText('The payload is shorter than two bytes.', { exact: false }).last().waitFor()

  await page.getByLabel('Name', { exact: true }).fill('Two bytes')
  await page.getByRole('button', { name: 'Save the script' }).click()
  await page.getByRole('heading', { name: 'Two bytes', level: 1 }).waitFor()
  const editor = page.getByRole('textbox', { name: 'Source of the script' })
  await editor.click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type('// more')
  await page.getByRole('button', { name: 'Save as version 2' }).click()
  await page.getByRole('button', { name: 'Look at version 2' }).waitFor()
  await page.getByRole('button', { name: 'Look at version 1' }).click()
  await page.getByRole('button', { name: 'Take it into the editor' }).click()
  await page.getByRole('button', { name: 'Save as version 3' }).waitFor()
  await untilQuiet(page)
  await assertAccessible(page, 'the script')

  const { items } = await portal.hub.get<{ items: { id: string }[] }>('/scripts')
  await portal.hub.request('POST', '/integrations', {
    name: 'Bytes',
    kind: 'direct',
    topics: [{ filter: 'bytes/{device}', qos: 1 }],
    converter: { type: 'script', script: items[0]?.id },
  })
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByRole('textbox', { name: /to confirm/ }).fill('Two bytes')
  await page.getByRole('button', { name: 'Remove the script' }).click()
  await page.getByRole('dialog').getByRole('alert').waitFor()
  assert.equal((await portal.hub.get<{ items: unknown[] }>('/scripts')).items.length, 1)
})

test('a fault in a script is named with its line when it is saved', async (t) => {
  const portal = await openPortal(t)
  if (portal === undefined) return
  const page = await portal.open('/scripts/new')
  await page.getByLabel('Name', { exact: true }).fill('Broken')
  await page.getByRole('textbox', { name: 'Source of the script' }).click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type('function (')
  await page.getByRole('button', { name: 'Save the script' }).click()
  await page.getByRole('alert').first().waitFor()
  assert.match((await page.getByRole('alert').first().textContent()) ?? '', /line \d+/)
})
