// A real browser, and what no page of ours may do in it.
import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { chromium as playwright } from 'playwright-core'
import { chromium } from './chromium.js'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
export const axeTags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

// openBrowser starts Chromium, asking nothing of the network.
export function openBrowser() {
  return playwright.launch({
    executablePath: chromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
  })
}

// openPage opens a person's browser of their own: cookies, language, colours.
// What goes wrong in it is collected in page.wrong; expect with blameless().
export async function openPage(browser, { lang = 'nl', scheme = 'light', width = 1440, script = true } = {}) {
  const context = await browser.newContext({
    locale: lang === 'nl' ? 'nl-NL' : 'en-GB',
    timezoneId: 'Europe/Amsterdam',
    colorScheme: scheme,
    reducedMotion: 'reduce',
    javaScriptEnabled: script,
    viewport: { width, height: 900 },
  })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  watch(page)
  return page
}

// watch collects console errors, script errors, violations of the content
// policy and requests to anybody else's server.
function watch(page) {
  page.wrong = []
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return
    // The browser also logs the status of a page that is meant to have it.
    if (/Failed to load resource: the server responded with a status of 4(04|22|29|03|09)/.test(message.text()) && message.location().url === page.url()) return
    page.wrong.push(`console ${message.type()} on ${page.url()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => page.wrong.push(`script error on ${page.url()}: ${error.message}`))
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (['data:', 'blob:', 'about:', 'chrome-error:'].includes(url.protocol)) return
    if (!['localhost', '127.0.0.1'].includes(url.hostname)) page.wrong.push(`third party asked by ${page.url()}: ${request.url()}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 500) page.wrong.push(`${response.status()} from ${response.url()}`)
    else if (response.status() >= 400 && response.request().resourceType() !== 'document') page.wrong.push(`${response.status()} from ${response.url()}, asked by ${page.url()}`)
  })
  page.on('dialog', (dialog) => {
    page.wrong.push(`dialog on ${page.url()}: ${dialog.message()}`)
    dialog.dismiss()
  })
}

// blameless throws when anything went wrong in the page since it was opened or last asked.
export function blameless(page) {
  const wrong = page.wrong.splice(0)
  if (wrong.length) throw new Error(wrong.join('\n'))
}

// axe returns what axe-core finds, one line each. It goes in through the
// debugger, since our content policy lets no foreign script run.
export async function axe(page, { rules } = {}) {
  const session = await page.context().newCDPSession(page)
  try {
    const options = { runOnly: rules ? { type: 'rule', values: rules } : { type: 'tag', values: axeTags }, resultTypes: ['violations'] }
    if (!await evaluate(session, '!!window.axe')) await evaluate(session, axeSource + ';0')
    const found = await evaluate(session, `axe.run(document, ${JSON.stringify(options)}).then((r) => r.violations.map((v) => ({
      id: v.id, help: v.help, nodes: v.nodes.map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')) })))`)
    return found.map((v) => `${v.id}: ${v.help}\n      ${v.nodes.slice(0, 4).join('\n      ')}${v.nodes.length > 4 ? `\n      and ${v.nodes.length - 4} more` : ''}`)
  } finally {
    await session.detach()
  }
}

async function evaluate(session, expression) {
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
  return result.value
}

// overflow says which elements stick out when the page scrolls sideways, or
// that a page of staff scrolls beyond its frame, or ''.
export function overflow(page) {
  return page.evaluate(() => {
    const { scrollHeight, clientHeight, clientWidth: wide } = document.documentElement
    const framed = document.querySelector('body.app') && getComputedStyle(document.body).overflow === 'hidden'
    if (framed && scrollHeight > clientHeight) return `${scrollHeight} px high in a frame of ${clientHeight}: something in it lies outside what scrolls`
    if (document.documentElement.scrollWidth <= wide) return ''
    const out = [...document.querySelectorAll('body *')].filter((e) =>
      e.getBoundingClientRect().right > wide + 1 || (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === 'visible' && getComputedStyle(e).display !== 'inline'))
    const name = (e) => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + [...e.classList].map((c) => '.' + c).join('')
    return `${document.documentElement.scrollWidth} px wide on a screen of ${wide}: ${out.slice(-3).map(name).join(', ')}`
  })
}

// picture saves the whole page as a PNG.
export async function picture(page, path) {
  await mkdir(dirname(path), { recursive: true })
  await page.screenshot({ path, fullPage: true, animations: 'disabled' })
}
