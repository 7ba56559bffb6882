// A prospect books a demonstration: with the keyboard, without scripts, from
// another time zone. A form that looks like spam does a sum and sends itself.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { axe, blameless, openBrowser, openPage } from './browser.js'
import { startLoket } from './loket.js'

let loket, browser
before(async () => {
  loket = await startLoket()
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await loket?.stop()
})

// linkIn waits for a mail to an address and returns the last link in it that
// starts with that path.
async function linkIn(address, path) {
  for (let tries = 0; tries < 100; tries++) {
    const mail = (await loket.mails()).filter((m) => m.to.includes(address)).at(-1)
    const link = mail?.text.match(new RegExp(`${loket.url}${path}\\S+`))?.[0]
    if (link) return link
    await pause(200)
  }
  throw new Error(`no mail to ${address} with a link to ${path}`)
}

async function fits(page, script = true) {
  if (script) assert.deepEqual(await axe(page), []) // which is a script itself
  blameless(page)
}

for (const script of [true, false]) {
  test(`a demonstration from choice to calendar, ${script ? 'by keyboard' : 'without scripts'}`, { timeout: 120_000 }, async () => {
    const email = `iris-${script}@blom.example`
    const iris = await openPage(browser, { script })
    await iris.goto(loket.url + '/demos/kennismaking')
    await fits(iris, script)
    const first = iris.locator('input[name=start]').first()
    await first.focus()
    await iris.keyboard.press('Space')
    const start = await first.inputValue()
    await iris.locator('.book-go button').focus()
    await iris.keyboard.press('Enter')
    await iris.waitForURL(/start=/)
    await fits(iris, script)
    await iris.fill('[name=name]', 'Iris Blom')
    await iris.fill('[name=email]', email)
    await iris.keyboard.press('Enter')
    await iris.waitForURL(/\/demos\/sent/)
    await fits(iris, script)

    const own = await linkIn(email, '/bookings/')
    await iris.goto(own)
    await fits(iris, script)
    await iris.locator('form[action$="/confirm"] button').click()
    await iris.locator('a[href$="/calendar.ics"]').waitFor()
    await fits(iris, script)

    // The moment is nobody else's any more, or a colleague's.
    await iris.locator('a[href$="/cancel"]').click()
    await fits(iris, script)
    await iris.locator('button.danger').click()
    await iris.goto(`${loket.url}/demos/kennismaking`)
    await iris.locator(`[data-start="${start}"]`).waitFor()
    await iris.context().close()
  })
}

test('another time zone is chosen by itself', { timeout: 60_000 }, async () => {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'America/New_York' })
  const page = await context.newPage()
  await page.goto(loket.url + '/demos/kennismaking')
  await page.waitForURL(/zone=America/)
  assert.equal(await page.locator('select[name=zone]').inputValue(), 'America/New_York')
  await context.close()
})

test('a form that looks like spam does a sum and sends itself', { timeout: 60_000 }, async () => {
  const page = await openPage(browser)
  await page.goto(loket.url + '/contact/')
  await page.fill('[name=message]', 'Kan ik een tekening delen?')
  await page.fill('[name=name]', 'Iris Blom')
  await page.fill('[name=email]', 'iris@blom.example')
  await page.evaluate(() => { document.querySelector('[name=homepage]').value = 'https://casino.example' })
  const asked = page.waitForResponse((r) => r.request().method() === 'POST' && r.status() === 422)
  await page.getByRole('button', { name: 'Versturen' }).click()
  await asked
  await page.waitForURL(/\/contact\/sent/)
  blameless(page)
  await page.context().close()
})

test('without scripts the same form is confirmed by mail', { timeout: 60_000 }, async () => {
  const page = await openPage(browser, { script: false })
  await page.goto(loket.url + '/contact/')
  await page.fill('[name=message]', 'https://een.example '.repeat(7))
  await page.fill('[name=name]', 'Iris Blom')
  await page.fill('[name=email]', 'iris-plain@blom.example')
  await page.getByRole('button', { name: 'Versturen' }).click()
  await fits(page, false)
  await page.getByRole('button', { name: 'Verstuur en bevestig per mail' }).click()
  await page.waitForURL(/confirm=1/)
  await page.goto(await linkIn('iris-plain@blom.example', '/contact/message/'))
  await page.locator('form[action$="/confirm"] button').click()
  await fits(page, false)
  await page.context().close()
})

test('Google’s map asks Google only after a click', { timeout: 60_000 }, async () => {
  const page = await openPage(browser)
  await page.route('https://www.google.com/**', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>map</title>' }))
  await page.goto(loket.url + '/contact/route')
  await fits(page)
  await page.locator('button[value=google]').click()
  await page.locator('iframe').waitFor()
  const others = page.wrong.splice(0)
  assert.ok(others.length > 0 && others.every((w) => w.startsWith('third party asked') && w.includes('https://www.google.com/maps')), others.join('\n'))
  await page.context().close()
})
