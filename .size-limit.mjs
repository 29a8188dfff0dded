/**
 * What is downloaded before anything is asked for. Reads what `npm run size` has built; each size is of a file and all
 * that it imports statically, compressed with gzip, because that is what arrives before the first line runs.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { init, parse } from 'es-module-lexer'

await init

/** `init` compiles WebAssembly: parsing before it is done throws. */
const STATIC = -1

/**
 * @param {string} entry
 * @returns {string[]} the file and everything its static imports reach
 */
function closure(entry, found = new Set()) {
  if (found.has(entry)) return [...found]
  found.add(entry)
  const [imports] = parse(readFileSync(entry, 'utf8'))
  for (const { d, n } of imports) {
    if (d === STATIC && n?.startsWith('.')) closure(join(dirname(entry), n), found)
  }
  return [...found]
}

/** The scripts that dist/app/index.html names. */
function firstLoad() {
  const html = readFileSync('dist/app/index.html', 'utf8')
  const entries = [...html.matchAll(/(?:src|href)="\.?\/?(assets\/[^"]+\.js)"/g)].map(([, path]) =>
    join('dist/app', path),
  )
  return [...new Set(entries.flatMap((entry) => closure(entry)))]
}

/** @param {string} name of a worker's source file without its extension */
function worker(name) {
  const matches = readdirSync('dist/app/assets').filter((file) => file.startsWith(`${name}-`) && file.endsWith('.js'))
  if (matches.length !== 1) throw new Error(`Expected one ${name}-*.js in dist/app/assets, found ${matches.length}.`)
  return closure(join('dist/app/assets', matches[0]))
}

export default [
  { name: 'SDK', path: closure('dist/sdk/index.js'), limit: '8 kB', gzip: true },
  { name: 'Kernel worker without engines', path: worker('shared-worker'), limit: '120 kB', gzip: true },
  { name: "Panel's first load", path: firstLoad(), limit: '200 kB', gzip: true },
]
