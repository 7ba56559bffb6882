// Where Chromium is. Run by itself it only tells, by its exit code, whether there is one.
import { accessSync, constants, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// chromium returns the path of the browser, or undefined.
export function chromium() {
  const named = process.env.LOKET_TEST_CHROMIUM
  const places = named ? [named] : (process.env.PATH ?? '').split(delimiter).flatMap((folder) =>
    ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
  return places.find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url) && !chromium()) {
  console.error('The browser tests need Chromium: apt-get install chromium (or its path in LOKET_TEST_CHROMIUM)')
  process.exit(1)
}
