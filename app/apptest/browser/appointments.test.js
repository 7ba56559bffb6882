// A prospect books a demonstration: with the keyboard, without scripts, from
// another time zone. A form that looks like spam does a sum and sends itself.
// What is mailed for a calendar does there what it should, as ical.js reads it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import ICAL from 'ical.js'
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

// An agenda takes what is mailed as Outlook, Google and Apple do: by UID, only
// what is newer than what it has, and gone when it is withdrawn.
class Agenda {
  events = new Map()

  take({ calendar, method, to }) {
    const whole = new ICAL.Component(ICAL.parse(calendar))
    assert.equal(whole.getFirstPropertyValue('method'), method)
    assert.equal(whole.getFirstPropertyValue('version'), '2.0')
    const { event, component } = read(whole)
    assert.match(component.getFirstPropertyValue('attendee'), new RegExp(`^mailto:${to.match(/[^\s<]+@[^\s>]+/)[0]}$`))
    assert.match(component.getFirstPropertyValue('organizer'), /^mailto:\S+@\S+$/)
    const had = this.events.get(event.uid)
    assert.ok(!had || event.sequence > had.sequence, `sequence ${event.sequence} after ${had?.sequence}`)
    assert.ok(!had || component.getFirstPropertyValue('organizer') === had.organizer, 'the organizer changed')
    if (method === 'CANCEL') {
      assert.ok(had, 'what was never there is withdrawn')
      assert.equal(component.getFirstPropertyValue('status'), 'CANCELLED')
      this.events.delete(event.uid)
      return
    }
    assert.equal(method, 'REQUEST')
    this.events.set(event.uid, { sequence: event.sequence, start: event.startDate.toJSDate().toISOString(), minutes: event.duration.toSeconds() / 60, summary: event.summary, organizer: component.getFirstPropertyValue('organizer') })
  }

  only() {
    assert.equal(this.events.size, 1)
    return [...this.events.values()][0]
  }
}

// read gives the first appointment of a calendar, with its own time zones.
function read(whole) {
  for (const zone of whole.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone)
  const component = whole.getFirstSubcomponent('vevent')
  return { component, event: new ICAL.Event(component) }
}

// invitation waits for the n-th mail to an address that has a calendar with it.
async function invitation(address, n) {
  for (let tries = 0; tries < 100; tries++) {
    const all = (await loket.mails()).filter((m) => m.to.includes(address) && m.calendar)
    if (all.length >= n) return all[n - 1]
    await pause(200)
  }
  throw new Error(`no invitation ${n} to ${address}`)
}

const iso = (utc) => new Date(utc).toISOString()

test('a calendar takes, changes and loses appointments as mailed', { timeout: 120_000 }, async () => {
  const who = loket.people.customer.find((p) => p.email.startsWith('ties@')) // who has signed up for nothing
  const context = await browser.newContext({ locale: 'nl-NL' })
  const { request } = context
  const post = async (path, form) => {
    const page = await request.post(loket.url + path, { form })
    assert.equal(page.status(), 200, `${path}: ${page.status()}`)
    return page
  }
  const html = async (path) => (await request.get(loket.url + path)).text()
  await post('/signin', who)

  // A demonstration: booked, moved, cancelled.
  const slots = [...(await html('/demos/kennismaking?zone=America/New_York')).matchAll(/data-start="([^"]+)"/g)].map((m) => m[1])
  const demos = new Agenda()
  const booked = await post('/demos/kennismaking', { name: 'Ties', email: who.email, start: slots[0], zone: 'America/New_York' })
  const own = new URL(booked.url()).pathname
  demos.take(await invitation(who.email, 1))
  assert.equal(demos.only().start, iso(slots[0]))
  assert.equal(demos.only().minutes, 30)
  await post(own + '/move', { start: slots[1] })
  demos.take(await invitation(who.email, 2))
  assert.equal(demos.only().start, iso(slots[1]))
  assert.equal(demos.only().sequence, 1)
  const file = read(new ICAL.Component(ICAL.parse(await html(own + '/calendar.ics')))).event
  assert.equal(file.startDate.toJSDate().toISOString(), iso(slots[1]))
  await post(own + '/cancel')
  demos.take(await invitation(who.email, 3))
  assert.equal(demos.events.size, 0)

  // A training: signed up, on another date, cancelled.
  const trainings = new Agenda()
  const feed = new ICAL.Component(ICAL.parse(await html('/calendar/trainings.ics')))
  const twice = feed.getAllSubcomponents('vevent').map((e) => new ICAL.Event(e)).filter((e) => e.summary === 'Uitgiftes zonder e-mail')
  assert.equal(twice.length, 2)
  const [first, second] = twice.map((e) => new URL(e.component.getFirstPropertyValue('url')))
  const seat = await post(first.pathname, { session: first.searchParams.get('session'), name: 'Ties', email: who.email })
  const page = new URL(seat.url()).pathname
  const mailed = await invitation(who.email, 4)
  trainings.take(mailed)
  for (const zone of feed.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone)
  assert.equal(trainings.only().start, twice[0].startDate.toJSDate().toISOString())
  assert.ok(mailed.calendar.split(/\r?\n/).every((line) => Buffer.byteLength(line) <= 75), 'lines are folded at 75 octets')
  await post(page + '/session', { session: second.searchParams.get('session') })
  trainings.take(await invitation(who.email, 5))
  assert.equal(trainings.only().start, twice[1].startDate.toJSDate().toISOString())
  await post(page + '/cancel')
  trainings.take(await invitation(who.email, 6))
  assert.equal(trainings.events.size, 0)
  await context.close()
})
