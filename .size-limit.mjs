/**
 * What may be downloaded before anything is asked for. Reads the built app (`npm run build`); each size is of a file and
 * all that it imports statically, compressed with gzip, because that is what arrives before the first line runs.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'es-module-lexer'

const app = 'dist/app'
const assets = readdirSync(join(app, 'assets'))

/** @param {string} pattern start of one file's name in dist/app/assets */
function asset(pattern) {
  const matches = assets.filter((name) => name.startsWith(`${pattern}-`) && name.endsWith('.js'))
  if (matches.length !== 1) throw new Error(`Expected one ${pattern}-*.js in the build, found ${matches.length}.`)
  return join(app, 'assets', matches[0])
}

/** A file and everything its static imports reach. */
function closure(entry, found = new Set()) {
  if (found.has(entry)) return found
  found.add(entry)
  const [imports] = parse(readFileSync(entry, 'utf8'))
  for (const { d, n } of imports) if (d === -1 && n?.startsWith('.')) closure(join(dirname(entry), n), found)
  return found
}

export default []
