// A walk over every kind of page that a person can reach by links.
import { start, stay } from './site.js'

// pattern makes one of all addresses that differ only in what they are about:
// /tickets/7GHKQ… and /tickets/9ZZAB… are the same page twice, and so are two
// examples of mails.
export function pattern(address) {
  const url = new URL(address)
  const path = url.pathname.split('/').map((part) => /^[A-Z0-9]{16,}$|\d|^[a-z]+(\.[a-z_]+)+$/.test(part) ? '*' : part).join('/')
  const keys = [...new Set(url.searchParams.keys())].sort()
  return path + (keys.length ? '?' + keys.join('&') : '')
}

// walk visits each kind of page once and calls look(page, pattern) on it.
// It starts where site.js says, and returns the patterns it saw. A page that answers 4xx or 5xx to a link is an error.
export async function walk(page, url, role, look, from = start) {
  const seen = new Set()
  const todo = from[role].map((path) => ({ to: url + path, by: 'the start' }))
  while (todo.length) {
    const { to, by } = todo.shift()
    const key = pattern(to)
    if (seen.has(key)) continue
    seen.add(key)
    const response = await page.goto(to).catch((err) => {
      if (/Download is starting|ERR_ABORTED/.test(err.message)) return undefined
      throw new Error(`${role}: the link ${to} on ${by}: ${err.message}`)
    })
    if (!response || !(response.headers()['content-type'] ?? '').startsWith('text/html')) continue
    if (response.status() >= 400 && by !== 'the start') throw new Error(`${role}: the link ${to} on ${by} answers ${response.status()}`)
    const arrived = pattern(page.url())
    if (arrived !== key && seen.has(arrived)) continue
    seen.add(arrived)
    const links = await page.locator('a[href]').evaluateAll((all) => all.map((a) => a.href))
    for (const link of links) {
      const target = new URL(link)
      if (target.origin === url && !stay.test(target.pathname)) todo.push({ to: link.split('#')[0], by: page.url() })
    }
    await look(page, arrived)
  }
  return seen
}
