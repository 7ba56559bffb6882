// Where things are on our pages: the one place that knows names of fields and
// buttons. Buttons are found by what they say, in both languages.

const button = (on, name) => on.getByRole('button', { name }).first()

// press sends a form and waits for the server to have answered it.
async function press(page, what) {
  const answered = page.waitForResponse((response) => response.request().method() === 'POST')
  await what.click()
  await answered
}

export const say = {
  signIn: /^(inloggen|log in|sign in)$/i,
  file: /^(ticket indienen|file (a |the )?ticket|submit (a |the )?ticket|send (the )?ticket)$/i,
  anyway: /^(toch indienen|submit anyway|file it anyway|file anyway)$/i,
  reply: /^(versturen|verstuur|send)\b/i,
  solve: /opgelost|solved|los op|solve/i,
  promise: /antwoord vóór|answer by|answer before/i,
  solved: /opgelost|solved/i,
}

// signIn signs the person in by the form and throws if that fails.
export async function signIn(page, url, { email, password }) {
  await page.goto(url + '/signin')
  const form = page.locator('form:has(input[name=password])')
  await form.locator('[name=email]').fill(email)
  await form.locator('[name=password]').fill(password)
  await press(page, button(form, say.signIn))
  await page.waitForURL((at) => at.pathname !== '/signin', { timeout: 5_000 }).catch(async () => {
    throw new Error(`${email} cannot sign in: ${await page.locator('main').innerText()}`)
  })
}

// speak makes the page answer in that language, the way a visitor would: by the
// language link or button in the frame.
export async function speak(page, lang) {
  // Also when the page speaks it already: the choice then holds for this browser,
  // whatever the same person chooses in another.
  const choice = page.locator(`button[lang=${lang}]:visible, a[hreflang=${lang}]:visible`).first()
  if (!await choice.count()) await page.locator('.side-btn').click() // staff on a phone
  await choice.click()
  await page.locator(`html[lang=${lang}]`).waitFor({ state: 'attached' })
}

// fileTicket fills in the form of a new ticket.
export async function fileTicket(page, url, { subject, body, attachment }) {
  await page.goto(url + '/tickets/new')
  await page.locator('[name=subject]').fill(subject)
  const product = page.locator('select[name=product]')
  if (await product.count()) await product.selectOption({ index: 1 })
  await page.locator('[name=severity][value=hinders]').check()
  await page.locator('textarea[name=body]').fill(body)
  await page.locator('input[name=attachments]').setInputFiles(attachment)
  await press(page, button(page, say.file))
  // Tickets like it are shown first: none of them is this one.
  const anyway = button(page, say.anyway)
  if (await anyway.count()) await press(page, anyway)
  await page.waitForURL((at) => !at.pathname.endsWith('/new'))
}

// reply writes in the conversation that is open.
export async function reply(page, text) {
  const box = page.locator('textarea[name=body]').first()
  await box.fill(text)
  await press(page, button(page.locator('form', { has: page.locator('textarea[name=body]') }).first(), say.reply))
  await page.getByText(text).first().waitFor()
}

// solve marks the ticket that is open as solved.
export async function solve(page) {
  await press(page, button(page, say.solve))
}

// openFromInbox opens a view of the inbox and then the ticket with that subject, wherever it stands.
export async function openFromInbox(page, url, subject, view = 'todo') {
  await page.goto(`${url}/staff/tickets/?view=${view}`)
  await page.getByRole('link', { name: subject }).first().click()
  await page.locator('textarea[name=body]').first().waitFor()
}

// start is where each role begins its walk through the site.
export const start = {
  visitor: ['/', '/signin', '/signup', '/signin/forgot', '/no-such-page'],
  customer: ['/', '/tickets/', '/profile'],
  manager: ['/', '/company', '/tickets/'],
  staff: ['/', '/staff/'],
  admin: ['/', '/staff/'],
}

// stay names the links that a walk does not follow: they end the session or fetch a file.
export const stay = /^\/(signout|auth\/|static\/|attachments\/|files\/)|\.(ics|eml|csv|pdf|zip|xlsx|xml|txt|png|jpg|atom|json)$|\/attachments\//

// forms are those that say what is wrong when they are sent as they stand; wrong sends each.
const forms = {
  visitor: ['/signin', '/signup', '/signin/forgot', '/contact/', '/privacy/request'],
  customer: ['/tickets/new', '/ideas/new', '/profile/password'],
  admin: ['/staff/tickets/new', '/staff/contact/new', '/staff/trainings/new', '/staff/signin/people/new', '/staff/privacy/requests/new'],
}

export async function wrong(page, url, role, look) {
  for (const path of forms[role] ?? []) {
    await page.goto(url + path)
    await press(page, page.locator('main form[method=post] .btn.primary').first())
    await page.locator('#errors').waitFor()
    await look(page, path + '?wrong')
  }
}
