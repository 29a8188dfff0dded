/** `npm run check`: everything about the code that needs no browser. Runs all checks, two at a time, then says which failed. */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runWhole } from './run-whole.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What may stand at the top of the repository besides dot files and what .gitignore names. */
const topLevel = new Set(
  ['kernel', 'sdk', 'ui', 'wasm', 'examples', 'test', 'package.json', 'package-lock.json', 'tsconfig.json']
    .concat(['vite.config.ts', 'README.md', 'LICENSE', 'CHANGELOG.md', 'CONTRIBUTING.md'])
    .concat(['node_modules', 'dist', 'coverage', 'test-results']),
)

/** @typedef {[name: string, script: string]} Check */

/** Those of a row run one after another, beside the other row: linting takes as long as all the rest. */
/** @type {Check[][]} */
const rows = [
  [['lint', 'lint']],
  [
    ['types', 'types'],
    ['format', 'format:check'],
    ['import direction', 'imports'],
    ['dead code', 'dead'],
    ['bundle sizes', 'size'],
  ],
]

/** @type {string[]} */
const failed = []
const strangers = readdirSync(root).filter((name) => !name.startsWith('.') && !topLevel.has(name))
if (strangers.length > 0) {
  console.error(`Not allowed at the top of the repository: ${strangers.join(', ')}`)
  failed.push('top level')
}

/** @param {Check[]} row */
async function runRow(row) {
  for (const [name, script] of row) {
    const { status, seconds } = await runWhole(`npm run --silent ${script}`, root)
    console.log(`${status === 0 ? 'ok  ' : 'FAIL'}  ${name} (${seconds.toFixed(1)} s)`)
    if (status !== 0) failed.push(name)
  }
}

await Promise.all(rows.map(runRow))
if (failed.length > 0) console.error(`\nFailed: ${failed.join(', ')}`)
process.exitCode = failed.length > 0 ? 1 : 0
