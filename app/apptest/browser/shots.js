// Pictures of every kind of page: node shots.js FOLDER
import { join } from 'node:path'
import { openBrowser, openPage, picture } from './browser.js'
import { startLoket } from './loket.js'
import { signIn, speak, wrong } from './site.js'
import { walk } from './walk.js'

const folder = process.argv[2] ?? 'shots'
const loket = await startLoket()
const browser = await openBrowser()
try {
  for (const role of ['visitor', 'customer', 'manager', 'staff', 'admin']) {
    for (const lang of ['nl', 'en']) {
      const page = await openPage(browser, { lang })
      if (role === 'visitor') await page.goto(loket.url)
      else await signIn(page, loket.url, loket.people[role][0])
      await speak(page, lang)
      const take = async (page, kind) => {
        const name = kind.replace(/[^a-z0-9*?&=-]+/gi, '_').replace(/[*?&=]/g, '-').replace(/^_|_$/g, '') || 'home'
        for (const scheme of ['light', 'dark']) {
          for (const width of [360, 1440]) {
            await page.setViewportSize({ width, height: 900 })
            await page.emulateMedia({ colorScheme: scheme })
            await picture(page, join(folder, role, `${name}.${lang}.${scheme}.${width}.png`))
          }
        }
      }
      await walk(page, loket.url, role, take)
      await wrong(page, loket.url, role, take)
      await page.context().close()
    }
  }
  console.log(`The pictures are in ${folder}.`)
} finally {
  await browser.close()
  await loket.stop()
}
