/**
 * `npm test`: finds or installs a browser, builds the app, and runs every test there is: units in Node, drivers in a real
 * browser, the whole app end to end, two of them at a time. Ends with one line of totals over all of them.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findBrowser, installBrowser } from '../.config/browser.mjs'
import { runWhole } from '../.config/run-whole.mjs'

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

/** @typedef {{ report: string, line: string, environment?: Record<string, string> }} Step */

/** @param {string} project @returns {Step} */
const vitest = (project) => ({
  report: project,
  line: `npx vitest run --config .config/vitest.ts --project ${project} --reporter=default --reporter=json --outputFile.json=test-results/${project}.json`,
})

/** Parts of the end-to-end tests, small enough that nobody waits long for the last of them. */
const PARTS = 4

/** @param {number} part from 1 @returns {Step} */
const endToEnd = (part) => ({
  report: `e2e-${part}`,
  line: `npx playwright test --config .config/playwright.ts --shard=${part}/${PARTS} --output=test-results/e2e-${part} --reporter=list,json`,
  environment: { PLAYWRIGHT_JSON_OUTPUT_FILE: `${results}/e2e-${part}.json` },
})

/** @param {string} report @returns {{ passed: number, failed: number, skipped: number }} */
function count(report) {
  const file = `${results}/${report}.json`
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: 0 }
  const json = JSON.parse(readFileSync(file, 'utf8'))
  if (report.startsWith('e2e')) {
    const { expected, unexpected, flaky, skipped } = json.stats
    return { passed: expected, failed: unexpected + flaky, skipped }
  }
  return {
    passed: json.numPassedTests,
    failed: json.numFailedTests,
    skipped: json.numPendingTests + json.numTodoTests,
  }
}

// The longest first.
const waiting = [vitest('browser'), vitest('node'), ...Array.from({ length: PARTS }, (_, at) => endToEnd(at + 1))]
const total = { passed: 0, failed: 0, skipped: 0 }
/** @type {string[]} */
const times = []

/** Takes one step after another until none is left. */
async function lane() {
  for (let step = waiting.shift(); step; step = waiting.shift()) {
    console.log(`\n> ${step.line}`)
    const { status, seconds } = await runWhole(step.line, root, step.environment)
    times.push(`${step.report} ${seconds.toFixed(0)} s`)
    const { passed, failed, skipped } = count(step.report)
    total.passed += passed
    // A run that ends badly without a failed test (a file that does not load, a crash) is a failure all the same.
    total.failed += status !== 0 && failed === 0 ? 1 : failed
    total.skipped += skipped
  }
}

// Each keeps about one core busy, and a machine for tests may have two.
const started = performance.now()
await Promise.all([lane(), lane()])
console.log(`\n${times.join(', ')}; ${((performance.now() - started) / 1000).toFixed(0)} s in all`)
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed > 0 ? 1 : 0
