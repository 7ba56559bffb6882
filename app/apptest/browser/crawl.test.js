// Every kind of page, as everybody who may see it, in both languages, both
// colour schemes, on a phone and on a desk: axe finds nothing, nothing scrolls
// sideways, the console stays silent and nobody else's server is asked.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { axe, blameless, openBrowser, openPage, overflow } from './browser.js'
import { startLoket } from './loket.js'
import { signIn, speak, wrong as sendWrong } from './site.js'
import { walk } from './walk.js'

let loket, browser
before(async () => {
  loket = await startLoket()
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await loket?.stop()
})

// What a customer has looked at, a manager need not look at again, nor an admin
// what a colleague has: they walk there all the same.
const looked = {}
const seenBy = { visitor: 'visitor', customer: 'customer', manager: 'customer', staff: 'staff', admin: 'staff' }

describe('every page', { concurrency: 2, timeout: 20 * 60_000 }, () => {
  for (const role of ['visitor', 'customer', 'manager', 'staff', 'admin']) {
    for (const lang of ['nl', 'en']) {
      test(`${role}, ${lang}`, async () => {
        const page = await openPage(browser, { lang, width: 360 })
        try {
          if (role !== 'visitor') {
            assert.ok(loket.people[role], `loket serve --demo names nobody to sign in as ${role}`)
            await signIn(page, loket.url, loket.people[role][0])
          } else {
            await page.goto(loket.url)
          }
          await speak(page, lang)
          const seen = looked[lang + seenBy[role]] ??= new Set()
          const wrong = new Map() // what was found, with where
          const look = async (page, kind) => seen.has(kind) || !seen.add(kind) || inspect(page, lang, (how, what) => {
            wrong.set(what, [...wrong.get(what) ?? [], `${kind} ${how}`])
          })
          const kinds = await walk(page, loket.url, role, look)
          await sendWrong(page, loket.url, role, look)
          assert.ok(kinds.size > 3, `only saw ${[...kinds]}`)
          const all = [...wrong].map(([what, where]) => `${what}\n      on ${where.slice(0, 3).join(', ')}${where.length > 3 ? ` and ${where.length - 3} more` : ''}`)
          if (all.length) throw new Error('\n' + all.join('\n'))
        } finally {
          await page.context().close()
        }
      })
    }
  }
})

// The page is loaded once and looked at in both widths and both colours. The
// markup of the other language is the same, so there axe runs once.
async function inspect(page, lang, note) {
  if (await page.locator('html').getAttribute('lang') !== lang) note('', `not in ${lang}`)
  for (const [width, scheme] of [[360, 'light'], [1440, 'dark']]) {
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme: scheme })
    await page.evaluate(() => scrollTo(0, 0)) // what a bar covers is measured from the top
    if (lang === 'nl' || width === 360) for (const found of await axe(page)) note(`${width} px ${scheme}`, found)
    const out = await overflow(page)
    if (out) note(`${width} px`, out)
  }
  await page.setViewportSize({ width: 360, height: 900 })
  try {
    blameless(page)
  } catch (err) {
    note('', err.message)
  }
}
