// The harness itself: it has to see what is wrong, or the other tests prove nothing.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { axe, blameless, openBrowser, openPage, overflow } from './browser.js'
import { readMail, signInLines } from './loket.js'
import { pattern, walk } from './walk.js'

const page = (body, head = '') => `<!doctype html><html lang="nl"><head><title>Proef</title>
  <meta name="viewport" content="width=device-width, initial-scale=1">${head}</head><body><main><h1>Proef</h1>${body}</main></body></html>`
const pages = {
  '/': page('<p><a href="/tickets/AAAAAAAAAAAAAAAAAAAA">een</a> <a href="/tickets/BBBBBBBBBBBBBBBBBBBB">twee</a> <a href="/signout">uit</a></p>'),
  '/tickets/AAAAAAAAAAAAAAAAAAAA': page('<p>Eén.</p>'),
  '/broken': page('<p><a href="/nowhere">nergens</a></p>'),
  '/wrong': page('<img src="/dot.png"><p style="color: #ccc; background: #fff">Nauwelijks te lezen.</p><input>', '<link rel="icon" href="data:,">'),
  '/wide': page('<p id="long">' + 'onafbreekbaar'.repeat(40) + '</p>'),
  '/noisy': page('<script>alert(1)</script>'),
  '/foreign': page('<img alt="" src="http://tracker.example/x.gif">'),
}
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: http:"

let server, url, browser
before(async () => {
  server = createServer((request, response) => {
    const path = new URL(request.url, 'http://x').pathname
    const body = pages[path]
    response.writeHead(body || path === '/favicon.ico' ? 200 : 404, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
    response.end(body ?? page('<p>Niet gevonden.</p>'))
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  url = `http://127.0.0.1:${server.address().port}`
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  server?.close()
})

test('a sound page passes under a strict content policy', async () => {
  const sound = await openPage(browser, { width: 360 })
  await sound.goto(url + '/')
  assert.deepEqual(await axe(sound), [])
  assert.equal(await overflow(sound), '')
  blameless(sound)
  await sound.context().close()
})

test('axe finds a picture without text, a field without label and pale text', async () => {
  const wrong = await openPage(browser)
  await wrong.goto(url + '/wrong')
  const found = (await axe(wrong)).map((line) => line.split(':')[0])
  for (const rule of ['image-alt', 'label', 'color-contrast']) assert.ok(found.includes(rule), `${rule} not among ${found}`)
  assert.equal((await axe(wrong, { rules: ['color-contrast'] })).length, 1)
  await wrong.context().close()
})

test('a page that scrolls sideways is named with what sticks out', async () => {
  const wide = await openPage(browser, { width: 360 })
  await wide.goto(url + '/wide')
  assert.match(await overflow(wide), /p#long/)
  await wide.context().close()
})

for (const [path, blame] of [['/noisy', /content security policy/i], ['/foreign', /third party.*tracker\.example/s], ['/wrong', /404 from .*dot\.png/]]) {
  test(`${path} is blamed`, async () => {
    const bad = await openPage(browser)
    await bad.goto(url + path)
    await bad.waitForLoadState('networkidle')
    assert.throws(() => blameless(bad), blame)
    await bad.context().close()
  })
}

test('a walk sees each kind of page once and minds dead links', async () => {
  const walker = await openPage(browser)
  const looked = []
  const site = { visitor: ['/'], dead: ['/broken'] }
  await walk(walker, url, 'visitor', async (_, kind) => looked.push(kind), site)
  assert.deepEqual(looked, ['/', '/tickets/*'])
  await assert.rejects(walk(walker, url, 'dead', async () => {}, site), /nowhere.*404/)
  assert.equal(pattern('http://x/ideas/12-een-idee?after=3&view=mine'), '/ideas/*?after&view')
  assert.equal(pattern('http://x/staff/home/mails/ideas.status.new'), pattern('http://x/staff/home/mails/signin.email_asked'))
  await walker.context().close()
})

test('sign-in lines and mails are read', () => {
  assert.deepEqual(signInLines("Everybody's password: geheim-woord\n  customer  jan@bouw.example   Jan Manager\n  admin     ans@x.example      Ans\n"),
    { customer: [{ email: 'jan@bouw.example', password: 'geheim-woord' }], admin: [{ email: 'ans@x.example', password: 'geheim-woord' }] })
  const mail = readMail(['To: "Jan" <jan@bouw.example>', 'Subject: =?UTF-8?q?Antwoord_v=C3=B3=C3=B3r?=', ' =?UTF-8?q?_morgen?=',
    'Content-Type: multipart/alternative;', ' boundary=grens', '', '--grens', 'Content-Type: text/plain; charset=UTF-8', 'Content-Transfer-Encoding: quoted-printable', '',
    'E=C3=A9n regel die =', 'doorloopt', '--grens', 'Content-Type: text/html', 'Content-Transfer-Encoding: base64', '', Buffer.from('<p>één</p>').toString('base64'), '--grens--', ''].join('\r\n'))
  assert.equal(mail.subject, 'Antwoord vóór morgen')
  assert.match(mail.to, /jan@bouw\.example/)
  assert.match(mail.text, /Eén regel die doorloopt/)
  assert.equal(mail.html, '<p>één</p>')
})
