// What a first visit costs: everything the front page needs, as it goes over the wire.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openBrowser, openPage } from './browser.js'
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

test('a first view is light, a second one lighter', async () => {
  const page = await openPage(browser)
  const first = await weigh(page, () => page.goto(loket.url))
  const again = await weigh(page, () => page.goto(loket.url))
  console.log(`first view: ${first.bytes} bytes in ${first.requests} requests, of which ${first.script} script; the next: ${again.bytes}`)
  assert.ok(first.bytes <= 100_000, `${first.bytes} bytes, at most 100,000`)
  assert.ok(first.script <= 20_000, `${first.script} bytes of script, at most 20,000`)
  assert.ok(first.requests <= 8, `${first.requests} requests, at most 8`)
  assert.ok(again.bytes <= 12_000, `${again.bytes} bytes the second time, at most 12,000`)
  await page.context().close()
})

async function weigh(page, visit) {
  const session = await page.context().newCDPSession(page)
  const sum = { requests: 0, bytes: 0, script: 0 }
  const kind = new Map()
  const cached = new Set()
  session.on('Network.responseReceived', ({ requestId, type, response }) => {
    kind.set(requestId, type)
    if (response.fromDiskCache || response.fromPrefetchCache) cached.add(requestId)
  })
  session.on('Network.requestServedFromCache', ({ requestId }) => cached.add(requestId))
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (cached.has(requestId)) return
    sum.requests++
    sum.bytes += encodedDataLength
    if (kind.get(requestId) === 'Script') sum.script += encodedDataLength
  })
  await session.send('Network.enable')
  await visit()
  await page.waitForLoadState('networkidle')
  await session.detach()
  return sum
}
