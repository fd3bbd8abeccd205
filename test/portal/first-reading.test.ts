// The way to the first stored reading: every set of lines that can run here is taken from the page as it stands there
// and run against the hub, and the page tells what it sees, or what went wrong.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { findTool, lack, longRing, requireTool, rings } from '../tools.ts'
import { assertAccessible, sharedPortal, showAs, untilQuiet, type Portal } from './browser.ts'

const run = promisify(execFile)
const root = dirname(dirname(import.meta.dirname))

/** Lines of the page, as somebody copies them. */
async function linesOf(page: Page, label: string): Promise<string> {
  const block = page.getByRole('region', { name: `${label}: publish a reading` })
  return (await block.innerText()).replaceAll('\u00a0', ' ')
}

async function choose(page: Page, tab: string, device: string, qos: 0 | 1 | 2): Promise<void> {
  await page.getByLabel('What is the device called?').fill(device)
  await page.getByRole('radio', { name: `QoS ${qos}`, exact: true }).check()
  await page.getByRole('tab', { name: tab }).click()
}

/** The step of that name is done. */
function done(page: Page, step: string) {
  return page.getByRole('listitem').filter({ hasText: step }).locator('time').first()
}

async function shell(t: TestContext, lines: string): Promise<string | undefined> {
  if (requireTool(t, 'mosquitto_pub') === undefined) return undefined
  return (await run('sh', ['-c', lines])).stdout
}

async function python(t: TestContext, folder: string, lines: string): Promise<string | undefined> {
  const program = process.env.ACKSTONE_PYTHON ?? requireTool(t, 'python3')
  if (program === undefined) return undefined
  const hasPaho = await run(program, ['-c', 'import paho.mqtt.client']).then(
    () => true,
    () => false,
  )
  if (!hasPaho) {
    lack(t, 'needs paho-mqtt for Python, which is not installed here')
    return undefined
  }
  writeFileSync(join(folder, 'publish.py'), lines)
  return (await run(program, [join(folder, 'publish.py')])).stdout
}

async function javaScript(folder: string, lines: string): Promise<string> {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'publish.mjs'), lines)
  return (await run(process.execPath, [join(folder, 'publish.mjs')])).stdout
}

async function latestOf(portal: Portal, device: string): Promise<unknown> {
  const { temp } = await portal.hub.get<{ temp?: { value: unknown } }>(`/devices/${device}/latest`)
  return temp?.value
}

const openPortal = sharedPortal()
const openStrictPortal = sharedPortal({ flags: ['--allow-anonymous', 'false'] })

describe('the first stored reading', () => {
  // The first of the file: the hub has stored nothing yet.
  test('the checklist on the overview goes on by itself, and can be put away', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined || requireTool(t, 'mosquitto_pub') === undefined) return
    const page = await portal.open('/')
    const list = page.getByRole('region', { name: 'Get to your first stored reading' })
    await list.getByText('2 of 5').waitFor()
    await run('sh', ['-c', await linesOf(page, 'Shell')])
    await list.getByText('The first reading of d1 is stored.').waitFor()
    await list.getByText('4 of 5').waitFor()
    await list.getByRole('button', { name: 'How' }).click()
    await list.getByText('5 of 5').waitFor()
    await list.getByText('npm run drill').waitFor()
    await assertAccessible(page, 'the checklist')
    await list.getByRole('button', { name: 'Put away' }).click()
    await list.waitFor({ state: 'detached' })
    await page.reload()
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
    assert.equal(await list.count(), 0)
  })

  for (const hasCredentials of [false, true]) {
    const word = hasCredentials ? 'with tokens made on the page' : 'where devices need none'
    // What differs with the language is the same with and without a token: `npm test` walks it with one.
    const languages = hasCredentials ? {} : longRing
    const levels = hasCredentials && rings() === 'quick' ? ([1] as const) : ([0, 1, 2] as const)
    test(`lines to copy do what they say, ${word}`, async (t) => {
      const portal = await (hasCredentials ? openStrictPortal : openPortal)(t)
      if (portal === undefined) return
      const folder = mkdtempSync(join(tmpdir(), 'ackstone-lines-'))
      t.after(() => rmSync(folder, { recursive: true, force: true }))
      const page = await portal.open('/connect')
      const prepare = async (tab: string, device: string, qos: 0 | 1 | 2): Promise<string> => {
        await choose(page, tab, device, qos)
        if (hasCredentials) await page.getByRole('button', { name: `Make a token for ${device}` }).click()
        return linesOf(page, tab)
      }
      await t.test('a shell', async (sub) => {
        for (const qos of levels) {
          const device = `shell-${qos}`
          if ((await shell(sub, await prepare('Shell', device, qos))) === undefined) return
          for (const step of ['Connected', 'Published', 'Stored']) await done(page, step).waitFor()
          if (qos > 0) await done(page, 'Acknowledged').waitFor()
          await page.getByText(`The first reading of ${device} is stored.`).waitFor()
          assert.equal(await latestOf(portal, device), 21.5)
        }
      })
      await t.test('Python', languages, async (sub) => {
        const said = await python(sub, folder, await prepare('Python', 'python-1', 1))
        if (said === undefined) return
        assert.match(said, /acknowledged: it is stored/)
        await done(page, 'Acknowledged').waitFor()
      })
      await t.test('JavaScript', languages, async () => {
        const said = await javaScript(folder, await prepare('JavaScript', 'node-2', 2))
        assert.match(said, /acknowledged: it is stored, once/)
        await done(page, 'Acknowledged').waitFor()
        assert.equal(await latestOf(portal, 'node-2'), 21.5)
      })
      await t.test('HTTP', languages, async (sub) => {
        if (findTool('curl') === undefined) return lack(sub, 'needs curl, which is not installed here')
        await choose(page, 'HTTP', 'http-1', 1)
        await page.getByRole('button', { name: 'Make a key that may ingest' }).click()
        await page.getByText('There is a key that may store readings').waitFor()
        const { stdout } = await run('sh', ['-c', await linesOf(page, 'HTTP')])
        assert.deepEqual(JSON.parse(stdout), { readings: 1 })
        await done(page, 'Stored').waitFor()
        return undefined
      })
    })
  }

  test('the QoS that is chosen stands in every language, and what can’t keep it is said', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const page = await portal.open('/connect?device=pump-7&qos=2')
    const levels = {
      'Shell': /-q 2 /,
      'Python': /qos=2\)/,
      'JavaScript': /qos: 2 /,
      'Node-RED': /"qos": "2"/,
    }
    for (const [tab, level] of Object.entries(levels)) {
      await page.getByRole('tab', { name: tab }).click()
      assert.match(await linesOf(page, tab), level)
    }
    await page.getByRole('tab', { name: 'Arduino / ESP32' }).click()
    await page.getByText('publishes at QoS 0 only').waitFor()
    assert.match(
      await linesOf(page, 'Arduino / ESP32'),
      /esp_mqtt_client_enqueue\(client, "ack\/pump-7", .*, 2, 0, true\)/,
    )
    await page.getByRole('radio', { name: 'QoS 0', exact: true }).check()
    assert.match(await linesOf(page, 'Arduino / ESP32'), /PubSubClient\.h/)
    assert.match(page.url(), /device=pump-7.*with=esp32/)
    await page.getByRole('tab', { name: 'Node-RED' }).click()
    assert.equal((JSON.parse(await linesOf(page, 'Node-RED')) as unknown[]).length, 3)
  })

  test('a wrong token is named as what it is, while the page waits', async (t) => {
    const portal = await openStrictPortal(t)
    if (portal === undefined) return
    const page = await portal.open('/connect?device=wrong-1')
    await page.getByRole('button', { name: 'Make a token for wrong-1' }).click()
    const lines = await linesOf(page, 'Shell')
    const wrong = lines.replace(/-u \S+/, '-u not-the-token-of-anybody')
    if (requireTool(t, 'mosquitto_pub') === undefined) return
    await assert.rejects(run('sh', ['-c', wrong]))
    await page.getByRole('alert').waitFor()
    await run('sh', ['-c', lines])
    await page.getByText('The first reading of wrong-1 is stored.').waitFor()
    assert.equal(await page.getByRole('alert').count(), 0)
  })

  test('a viewer is told who can make a token, and the page is accessible in all its states', async (t) => {
    const portal = await openStrictPortal(t)
    if (portal === undefined) return
    const viewer = await portal.open('/connect', { as: 'viewer' })
    const make = viewer.getByRole('button', { name: 'Make a token for d1' })
    await make.waitFor()
    assert.equal(await make.getAttribute('aria-disabled'), 'true')
    const page = await portal.open('/connect', { width: 360 })
    for (const path of ['/connect', '/connect?with=curl', '/connect?device=no%20good', '/welcome']) {
      await page.goto(path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await untilQuiet(page)
      for (const theme of ['light', 'dark'] as const) {
        await showAs(page, { theme, width: 360 })
        await assertAccessible(page, `${path}, ${theme}`)
      }
    }
  })
})
