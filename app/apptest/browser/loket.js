// The program as the browser tests see it: started with demonstration data in
// a folder of its own, on a free port, and gone when the test is.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const binary = process.env.LOKET_TEST_BINARY ?? fileURLToPath(new URL('../../../loket', import.meta.url))

// startLoket starts `loket serve --demo` and returns {url, people, mails, stop}.
// people[role] is a list of {email, password}, for the roles customer,
// manager, staff and admin, as the program prints them.
export async function startLoket() {
  if (!existsSync(binary)) throw new Error(`There is no ${binary}: make build makes it.`)
  const folder = await mkdtemp(join(tmpdir(), 'loket-browser-'))
  const url = `http://localhost:${await freePort()}`
  const child = spawn(binary, ['serve', '--demo'], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      LOKET_LISTEN: url.replace('http://', ''),
      LOKET_URL: url,
      LOKET_DB: `sqlite:${join(folder, 'loket.db')}?_synchronous=OFF`,
      LOKET_FILES: `file:${join(folder, 'files')}`,
      LOKET_MAIL: `file:${join(folder, 'mail')}`,
      LOKET_SECRET: 'a-secret-of-the-browser-tests-only-0123456789',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => { said += piece })
  const ended = new Promise((resolve) => child.on('close', resolve))
  const stop = async () => {
    if (child.exitCode === null) child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(late)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    for (let tries = 0; ; tries++) {
      if (child.exitCode !== null || tries > 600) throw new Error(`loket did not start. It said:\n${said}`)
      const ready = await fetch(url + '/readyz').then((r) => r.ok, () => false)
      if (ready) break
      await pause(100)
    }
    let people = signInLines(said)
    for (let tries = 0; tries < 50 && !people.admin; tries++) {
      await pause(100)
      people = signInLines(said)
    }
    if (!people.admin) throw new Error(`loket serve --demo did not say who can sign in. It said:\n${said}`)
    return { url, people, mails: () => mails(join(folder, 'mail')), said: () => said, stop }
  } catch (err) {
    await stop()
    throw err
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

// signInLines reads what --demo prints: the password of all, and a line
// "  staff     sanne@tekenkast.example   Sanne Dekker" for each person.
export function signInLines(text) {
  const password = text.match(/password: (\S+)/)?.[1]
  const people = {}
  for (const [, role, email] of text.matchAll(/^\s*(customer|manager|staff|admin)\s+(\S+@\S+)/gm)) {
    if (password) (people[role] ??= []).push({ email, password })
  }
  return people
}

// mails reads the folder of .eml files, oldest first.
async function mails(folder) {
  const names = existsSync(folder) ? (await readdir(folder, { recursive: true })).filter((n) => n.endsWith('.eml')).sort() : []
  return Promise.all(names.map(async (name) => readMail(await readFile(join(folder, name), 'latin1'))))
}

// readMail decodes a mail as the program writes it: {to, from, subject, text,
// html, calendar, method}.
export function readMail(raw) {
  const { header, body } = split(raw)
  const mail = { to: words(header.to), from: words(header.from), subject: words(header.subject), text: '', html: '', calendar: '', method: '' }
  walk(header, body, (type, content, params) => {
    if (type === 'text/plain') mail.text ||= content
    if (type === 'text/html') mail.html ||= content
    if (type === 'text/calendar' && !mail.calendar) Object.assign(mail, { calendar: content, method: params.match(/method=(\w+)/i)?.[1] })
  })
  return mail
}

function split(raw) {
  const [head, ...rest] = raw.replaceAll('\r\n', '\n').split('\n\n')
  const header = {}
  for (const line of head.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) header[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  return { header, body: rest.join('\n\n') }
}

function walk(header, body, found) {
  const type = header['content-type'] ?? 'text/plain'
  const boundary = type.match(/boundary="?([^";]+)"?/i)?.[1]
  if (boundary) {
    for (const part of body.split(`--${boundary}`).slice(1)) {
      if (part.startsWith('--')) break
      const inner = split(part.replace(/^\n/, ''))
      walk(inner.header, inner.body, found)
    }
    return
  }
  const encoding = (header['content-transfer-encoding'] ?? '').toLowerCase()
  let bytes = Buffer.from(body, 'latin1')
  if (encoding === 'base64') bytes = Buffer.from(body, 'base64')
  if (encoding === 'quoted-printable') bytes = quoted(body.replace(/=\n/g, ''))
  found(type.split(';')[0].trim().toLowerCase(), bytes.toString('utf8'), type)
}

const quoted = (text) => Buffer.from(text.replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1')

// words undoes RFC 2047: =?UTF-8?q?…?= and =?UTF-8?b?…?=.
function words(value = '') {
  return value.replace(/\?=\s+=\?/g, '?==?').replace(/=\?[^?]+\?([bq])\?([^?]*)\?=/gi, (_, how, text) =>
    (how.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : quoted(text.replaceAll('_', ' '))).toString('utf8'))
}
