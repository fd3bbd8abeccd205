// People in a real browser: the first run of a hub, signing in and out, a session that ends, invitations, keys that are
// shown once, and what a viewer can't do.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { longRing } from '../tools.ts'
import {
  assertAccessible,
  ownPortal,
  password,
  sharedPortal,
  showAs,
  untilQuiet,
  type Look,
  type Portal,
} from './browser.ts'

const ada = { name: 'Ada', email: 'ada@example.org', password: 'four words that fit' }

function setupCode(portal: Portal): string {
  return /Setup +(\S+)/.exec(portal.hub.printed)?.[1] ?? ''
}

async function fillFirstRun(page: Page, code: string, secret = ada.password): Promise<void> {
  await page.getByLabel('Setup code').fill(code)
  await page.getByLabel('Your name').fill(ada.name)
  await page.getByLabel('E-mail address').fill(ada.email)
  await page.getByLabel('Password', { exact: true }).fill(secret)
}

async function fillSignIn(page: Page, email: string, secret: string): Promise<void> {
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(secret)
  await Promise.all([
    page.waitForResponse((answer) => answer.request().method() === 'POST'),
    page.getByRole('button', { name: 'Sign in' }).click(),
  ])
}

/** A user of one test alone, who may lose password and sessions. */
async function makeAdministrator(portal: Portal, name: string): Promise<{ id: string; email: string }> {
  const email = `${name.toLowerCase()}@example.org`
  const body = { name, email, role: 'administrator', password }
  const { user } = (await portal.hub.request('POST', '/users', body)) as { user: { id: string } }
  return { id: user.id, email }
}

describe('people in the portal', () => {
  const openPortal = sharedPortal()

  // The first of the file: nobody has set the hub up yet.
  test('the first run: from the setup code to being signed in, with what is wrong said on the way', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const page = await portal.open('/', { as: 'nobody' })
    await page.getByRole('heading', { name: 'Welcome to Ackstone' }).waitFor()
    const create = page.getByRole('button', { name: 'Create administrator' })
    assert.equal(await create.getAttribute('aria-disabled'), 'true', 'it says what is missing instead')
    await fillFirstRun(page, 'AAAA-AAAA-AAAA', 'password1234')
    await page.getByText('Easy to guess').waitFor()
    assert.equal(await create.getAttribute('aria-disabled'), 'true')
    await page.getByLabel('Password', { exact: true }).fill(ada.password)
    await create.click()
    await page.getByText('This is not the setup code.').waitFor()
    await page.getByLabel('Setup code').fill(setupCode(portal).toLowerCase())
    await create.click()
    await page.waitForURL('**/welcome')
    await page.getByRole('heading', { name: 'Welcome, Ada' }).waitFor()
    const again = await portal.open('/setup', { as: 'nobody' })
    await again.getByRole('heading', { name: 'Sign in' }).waitFor()
  })

  test('a wrong password is refused without saying which of the two was wrong; the right one leads where one wanted to go', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const { email } = await makeAdministrator(portal, 'Grace')
    const page = await portal.open('/settings/appearance', { as: 'nobody' })
    const refusal = page.getByText('do not belong together')
    await fillSignIn(page, email, 'not the password')
    await refusal.waitFor()
    await fillSignIn(page, 'somebody@example.org', password)
    await refusal.waitFor()
    await fillSignIn(page, email, password)
    await page.getByRole('heading', { name: 'Appearance' }).waitFor()
    assert.match(page.url(), /\/settings\/appearance$/)
    await page.getByRole('button', { name: 'Account and appearance' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    assert.equal(
      await page.getByText('Your session has ended.').count(),
      0,
      'who leaves is not told that they left',
    )
  })

  test('a session that ends while a page is open asks to sign in again, and comes back to the page', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const { id, email } = await makeAdministrator(portal, 'Joan')
    const page = await portal.open('/settings/audit?action=user.', { as: 'nobody' })
    await fillSignIn(page, email, password)
    await page.getByRole('row', { name: /made the user joan/ }).waitFor()
    await portal.hub.request('PUT', `/users/${id}`, { password: 'another password for it' })
    // The hub ends the event stream of the page, which tells it.
    await page.getByText('Your session has ended.').waitFor()
    await fillSignIn(page, email, 'another password for it')
    await page.getByRole('row', { name: /changed the user joan/ }).waitFor()
    assert.match(page.url(), /\/settings\/audit\?action=user\.$/)
  })

  test('a viewer sees what is there, and why nothing can be changed', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const page = await portal.open('/settings/access?list=bans', { as: 'viewer' })
    const add = page.getByRole('button', { name: 'Shut somebody out' })
    await add.waitFor()
    assert.equal(await add.getAttribute('aria-disabled'), 'true')
    await add.focus()
    await page.getByText('This needs the role administrator').first().waitFor()
    await page.goto('/settings/users')
    await page.getByText('Only administrators see this.').waitFor()
    await assertAccessible(page, 'users as a viewer')
  })

  test('an invitation: made, sent as a link, taken once, and on record', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const page = await portal.open('/settings/users')
    await page.getByRole('button', { name: 'Invite somebody' }).click()
    await page.getByLabel('Name', { exact: true }).fill('Bob')
    await page.getByLabel('E-mail address').fill('bob@example.org')
    await page.getByRole('radio', { name: 'Operator' }).check()
    await page.getByRole('button', { name: 'Make the invitation' }).click()
    const link = await page.getByRole('region', { name: 'Link' }).innerText()
    await page.getByRole('button', { name: 'I have copied it' }).click()
    await page.getByRole('row', { name: /Bob.*operator.*Invited/ }).waitFor()

    const guest = await portal.open(link.trim().replace(portal.url, ''), { as: 'nobody' })
    await guest.getByLabel('Password', { exact: true }).fill('the password of Bob')
    assert.ok(!guest.url().includes('#'), 'the code does not stay in the address')
    await guest.getByRole('button', { name: 'Set the password and sign in' }).click()
    await guest.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
    const again = await portal.open(link.trim().replace(portal.url, ''), { as: 'nobody' })
    await again.getByLabel('Password', { exact: true }).fill('the password of Eve')
    await again.getByRole('button', { name: 'Set the password and sign in' }).click()
    await again.getByText('This invitation is unknown, used already or too old.').waitFor()

    await page.goto('/settings/audit')
    await page.getByText('Bob took the invitation and signed in.').waitFor()
    await page.getByText('The administrator made the user bob@example.org.').waitFor()
  })

  test('a key is shown once, and what was shown opens the API', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const page = await portal.open('/settings/keys')
    await page.getByRole('button', { name: 'New key' }).click()
    await page.getByLabel('Name', { exact: true }).fill('meter import')
    await page.getByRole('button', { name: 'Make the key' }).click()
    const key = (await page.getByRole('region', { name: 'API key', exact: true }).innerText()).trim()
    assert.match(key, /^ack_/)
    const answer = await fetch(`${portal.url}/api/v1/devices/d1/telemetry`, {
      method: 'POST',
      headers: { 'authorization': `Bearer ${key}`, 'content-type': 'application/json' },
      body: '{"temp":21.5}',
    })
    assert.equal(answer.status, 200)
    await page.getByRole('button', { name: 'I have copied it' }).click()
    await page.getByRole('row', { name: /meter import.*ingest/ }).waitFor()
    assert.ok(!(await page.content()).includes(key))
    await page.reload()
    await page.getByRole('row', { name: /meter import/ }).waitFor()
    assert.ok(!(await page.content()).includes(key))
    await page.getByRole('button', { name: 'Revoke meter import' }).click()
    await page.getByLabel(/Type .* to confirm/).fill('meter import')
    await page.getByRole('button', { name: 'Revoke the key' }).click()
    await page.getByRole('heading', { name: 'No program has a key yet' }).waitFor()
  })

  test('one’s own password and sessions are in the profile', async (t) => {
    const portal = await openPortal(t)
    if (portal === undefined) return
    const { email } = await makeAdministrator(portal, 'Radia')
    const other = await portal.open('/devices', { as: 'nobody' })
    await fillSignIn(other, email, password)
    await other.getByRole('heading', { name: 'Devices', level: 1 }).waitFor()
    const page = await portal.open('/profile', { as: 'nobody' })
    await fillSignIn(page, email, password)
    await page.getByRole('row', { name: /this one/ }).waitFor()
    await page.getByLabel('Current password').fill('wrong')
    await page.getByLabel('New password', { exact: true }).fill('something new to remember')
    await page.getByRole('button', { name: 'Change the password' }).click()
    await page.getByText('This is not your current password.').waitFor()
    await page.getByLabel('Current password').fill(password)
    await page.getByRole('button', { name: 'Change the password' }).click()
    await page.getByText('Your password is changed.').waitFor()
    await other.reload()
    await other.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.getByRole('button', { name: 'Sign out everywhere' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  })

  test('the pages before the portal are accessible in both themes, wide and narrow', longRing, async (t) => {
    const portal = await ownPortal(t)
    if (portal === undefined) return
    const looks: readonly Look[] = (['light', 'dark'] as const).flatMap((theme) =>
      [1280, 360].map((width) => ({ theme, width })),
    )
    const look = async (path: string, heading: string) => {
      const page = await portal.open(path, { as: 'nobody' })
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
      await untilQuiet(page)
      for (const each of looks) {
        await showAs(page, each)
        await assertAccessible(page, `${heading}, ${each.theme}, ${each.width} wide`)
      }
    }
    await look('/', 'Welcome to Ackstone')
    await makeAdministrator(portal, 'Annie')
    await look('/', 'Sign in')
    await look('/invitation#code', 'You are invited')
  })
})
