/**
 * `npm test`: finds or installs a browser, builds the app, and runs every test there is: units in Node, drivers in a real
 * browser, the whole app end to end. Ends with one line of totals over all of them.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findBrowser, installBrowser } from '../.config/browser.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const results = `${root}test-results`

/** @param {string} line run by a shell, because npm and npx are scripts that only a shell starts on Windows */
function run(line, directory = root) {
  console.log(`\n> ${line}`)
  return spawnSync(line, { cwd: directory, shell: true, stdio: 'inherit' }).status ?? 1
}

/** @param {string} line a step without which nothing can be tested */
function must(line, directory = root) {
  if (run(line, directory) === 0) return
  console.error(`\n"${line}" failed, so nothing was tested.\n\n0 passed, 1 failed, 0 skipped`)
  process.exit(1)
}

if (findBrowser() === undefined && installBrowser() === undefined) {
  console.error('No browser: install Chrome, Chromium or Edge, or set HEARTH_BROWSER to one, and run this again.')
  process.exit(1)
}

rmSync(results, { recursive: true, force: true })
mkdirSync(results, { recursive: true })

// A real OpenAI-compatible server for the tests of that driver; a package of its own, because only tests need it.
if (!existsSync(`${root}test/llama-server/node_modules/.package-lock.json`)) {
  must('npm ci --ignore-scripts --no-audit --no-fund', `${root}test/llama-server`)
}
must('npm run --silent build')
// What an app takes in, types included: nothing below uses it, so only building it shows that it can be built.
must('npm run --silent build:sdk')

const vitest = (/** @type {string} */ project) =>
  `npx vitest run --config .config/vitest.ts --project ${project} --reporter=default --reporter=json --outputFile.json=test-results/${project}.json`

const steps = [
  { report: 'node', line: vitest('node') },
  { report: 'browser', line: vitest('browser') },
  { report: 'e2e', line: 'npx playwright test --config .config/playwright.ts' },
]

/** @param {string} report @returns {{ passed: number, failed: number, skipped: number }} */
function count(report) {
  const file = `${results}/${report}.json`
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: 0 }
  const json = JSON.parse(readFileSync(file, 'utf8'))
  if (report === 'e2e') {
    const { expected, unexpected, flaky, skipped } = json.stats
    return { passed: expected, failed: unexpected + flaky, skipped }
  }
  return {
    passed: json.numPassedTests,
    failed: json.numFailedTests,
    skipped: json.numPendingTests + json.numTodoTests,
  }
}

const total = { passed: 0, failed: 0, skipped: 0 }
/** @type {string[]} */
const times = []
for (const { report, line } of steps) {
  const started = performance.now()
  const status = run(line)
  times.push(`${report} ${((performance.now() - started) / 1000).toFixed(0)} s`)
  const { passed, failed, skipped } = count(report)
  total.passed += passed
  // A run that ends badly without a failed test (a file that does not load, a crash) is a failure all the same.
  total.failed += status !== 0 && failed === 0 ? 1 : failed
  total.skipped += skipped
}
console.log(`\n${times.join(', ')}`)
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed > 0 ? 1 : 0
