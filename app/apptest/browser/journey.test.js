// The main journey: a customer asks, a colleague answers, the customer is
// helped. In both languages, and once in a browser without scripts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { axe, blameless, openBrowser, openPage } from './browser.js'
import { startLoket } from './loket.js'
import { fileTicket, openFromInbox, reply, say, signIn, solve, speak } from './site.js'

let loket, browser
before(async () => {
  loket = await startLoket()
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await loket?.stop()
})

const dot = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

for (const { name, lang, script } of [
  { name: 'nl', lang: 'nl', script: true },
  { name: 'en', lang: 'en', script: true },
  { name: 'nl without scripts', lang: 'nl', script: false },
]) {
  test(`from question to solved, ${name}`, { timeout: 120_000 }, async () => {
    const subject = `Tekening 14-B ontbreekt (${name})`
    const answer = `De tekening staat er weer, proef ${name}.`
    const thanks = `Dank je, het werkt, proef ${name}.`
    const customer = loket.people.customer[0]

    const jan = await openPage(browser, { lang, script })
    await signIn(jan, loket.url, customer)
    await speak(jan, lang)
    await fileTicket(jan, loket.url, { subject, body: 'Na het uitgeven van de set ontbreekt er één.', attachment: { name: 'scherm.png', mimeType: 'image/png', buffer: dot } })
    const ticket = jan.url()
    assert.match(await jan.locator('main').innerText(), say.promise, 'the customer reads when the answer will come')
    await jan.getByText('scherm.png').first().waitFor()

    const sofie = await openPage(browser, { lang, script })
    await signIn(sofie, loket.url, loket.people.staff[0])
    await speak(sofie, lang)
    await openFromInbox(sofie, loket.url, subject)
    await reply(sofie, answer)
    blameless(sofie)

    const mail = await mailTo(customer.email, answer)
    assert.ok(mail.text.includes(answer) && mail.html.includes(answer), 'the mail has the answer as text and as HTML')
    assert.ok(mail.text.includes(new URL(ticket).pathname), 'the mail leads to the ticket')

    await jan.goto(ticket)
    await jan.getByText(answer).first().waitFor()
    await reply(jan, thanks)
    await jan.goto(ticket)
    await solve(jan)
    await jan.goto(ticket)
    assert.match(await jan.locator('main').innerText(), say.solved)
    if (script) assert.deepEqual(await axe(jan), []) // axe is a script itself
    blameless(jan)

    await openFromInbox(sofie, loket.url, subject, 'solved')
    await sofie.getByText(thanks).first().waitFor()
    await jan.context().close()
    await sofie.context().close()
  })
}

test('a day at the desk without a mouse', { timeout: 60_000 }, async () => {
  const sofie = await openPage(browser, { lang: 'nl' })
  await signIn(sofie, loket.url, loket.people.staff[0])
  await sofie.goto(loket.url + '/staff/tickets/')
  const press = (...keys) => keys.reduce((before, key) => before.then(() => sofie.keyboard.press(key)), Promise.resolve())
  await press('j', 'j', 'k', 'Enter')
  await sofie.locator('.peek-top').waitFor()
  await press('r')
  await sofie.keyboard.type('Even kijken: j k x')
  assert.equal(await sofie.locator('.composer textarea').inputValue(), 'Even kijken: j k x')
  await press('Escape', 'n') // out of the field, keys are keys again
  assert.ok(await sofie.locator('.composer [name=kind][value=note]').isChecked())
  await sofie.locator('.row-a').first().focus()
  await press('x', 'a')
  const dialog = sofie.locator('[popover]:popover-open')
  await dialog.waitFor()
  await press('Escape') // the dialog goes first, then what was ticked
  await dialog.waitFor({ state: 'hidden' })
  assert.equal(await sofie.locator('.row-x input:checked').count(), 1)
  await press('Escape')
  assert.equal(await sofie.locator('.row-x input:checked').count(), 0)
  blameless(sofie)
  await sofie.context().close()
})

async function mailTo(address, text) {
  for (let tries = 0; tries < 100; tries++) {
    const found = (await loket.mails()).find((mail) => mail.to.includes(address) && mail.text.includes(text))
    if (found) return found
    await pause(100)
  }
  throw new Error(`no mail to ${address} with “${text}” came; there are: ${(await loket.mails()).map((m) => `${m.to}: ${m.subject}`).join('; ')}`)
}
