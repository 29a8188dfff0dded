/** `npm run check`: everything about the code that needs no browser. Runs all checks, then says which failed. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What may stand at the top of the repository besides dot files and what .gitignore names. */
const topLevel = new Set(
  ['kernel', 'sdk', 'ui', 'wasm', 'examples', 'test', 'package.json', 'package-lock.json', 'tsconfig.json']
    .concat(['vite.config.ts', 'README.md', 'LICENSE', 'CHANGELOG.md', 'CONTRIBUTING.md'])
    .concat(['node_modules', 'dist', 'coverage', 'test-results']),
)

/** @type {[name: string, script: string][]} */
const checks = [
  ['format', 'format:check'],
  ['lint', 'lint'],
  ['types', 'types'],
  ['import direction', 'imports'],
  ['dead code', 'dead'],
  ['bundle sizes', 'size'],
]

const failed = []
const strangers = readdirSync(root).filter((name) => !name.startsWith('.') && !topLevel.has(name))
if (strangers.length > 0) {
  console.error(`Not allowed at the top of the repository: ${strangers.join(', ')}`)
  failed.push('top level')
}
for (const [name, script] of checks) {
  const started = performance.now()
  // One string, because npm is a script that only a shell can start on Windows.
  const { status } = spawnSync(`npm run --silent ${script}`, { cwd: root, stdio: 'inherit', shell: true })
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'}  ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`)
  if (status !== 0) failed.push(name)
}
if (failed.length > 0) console.error(`\nFailed: ${failed.join(', ')}`)
process.exitCode = failed.length > 0 ? 1 : 0
