/**
 * `npm run bench:vectors [-- chromium|node [size ...]]`: builds the benchmark, measures every subject at every size in both
 * runtimes, one after another, and prints tables. Wants a quiet machine and some twenty minutes.
 */
import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'
import sirv from 'sirv'
import { browserFlags, findBrowser } from '../../../.config/browser.mjs'
import { isolationHeaders } from '../../../.config/headers.mjs'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const SUBJECTS = ['Hearth', 'Hearth, exact', 'Hearth, float32', 'voy-search', 'edgevec', 'hnswlib-wasm', 'Orama']
const ALL = [...SUBJECTS, 'plain JavaScript']
/** Milliseconds one subject may take at one size with everything. */
const TIMEOUT_MS = 240_000

const words = process.argv.slice(2)
const runtimes = words.filter((word) => word === 'chromium' || word === 'node')
const sizes = words.filter((word) => /^\d+$/.test(word)).map(Number)
const names = words.filter((word) => ALL.includes(word))

/** @param {string[]} args */
function must(...args) {
  if (
    spawnSync('npx', ['vite', 'build', '--config', '.config/bench-vectors.ts', '--logLevel', 'error', ...args], {
      cwd: root,
      stdio: 'inherit',
    }).status !== 0
  )
    process.exit(1)
}

/** @template T @param {Promise<T>} work */
function inTime(work) {
  return Promise.race([
    work,
    new Promise((_, reject) =>
      setTimeout(() => reject(new Error(`no result within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS).unref(),
    ),
  ])
}

/** Runs one function of page.ts in a browser and a profile of its own. */
async function inChromium(url, what, ...args) {
  const browser = await chromium.launch({
    executablePath: findBrowser(),
    args: [...browserFlags, '--enable-precise-memory-info', '--js-flags=--max-old-space-size=4096'],
  })
  try {
    const page = await browser.newPage()
    await page.goto(url)
    await page.waitForFunction(() => 'vectorBench' in globalThis)
    const call = page.evaluate(([name, given]) => globalThis.vectorBench[name](...given), [what, args])
    call.catch(() => {})
    return await inTime(call)
  } finally {
    await browser.close()
  }
}

async function inNode(_url, what, ...args) {
  const command = { measure: 'measure', describeData: 'describe', measureBandwidth: 'bandwidth' }[what]
  const run = promisify(execFile)(
    process.execPath,
    ['--max-old-space-size=4096', `${root}dist/bench-vectors-node/node.js`, command, ...args.map(String)],
    {
      timeout: TIMEOUT_MS,
      maxBuffer: 1 << 26,
    },
  )
  const { stdout } = await run.catch((error) => {
    throw new Error(error.killed ? `no result within ${TIMEOUT_MS / 1000} s` : error.message.split('\n')[0])
  })
  const { result, error } = JSON.parse(stdout.trim().split('\n').at(-1))
  if (error !== undefined) throw new Error(error)
  return result
}

const time = (ms) =>
  ms === null
    ? '–'
    : ms < 10
      ? `${ms.toFixed(3)} ms`
      : ms < 10_000
        ? `${ms.toFixed(0)} ms`
        : `${(ms / 1000).toFixed(1)} s`
const size = (bytes) => (bytes === null || Number.isNaN(bytes) ? '–' : `${(bytes / 1e6).toFixed(1)} MB`)
const share = (value) => (value === null ? '–' : value.toFixed(3))

const HEAD = [
  '',
  'build',
  'add one',
  'search p50',
  'p99',
  'recall@10',
  'filtered p50',
  'recall@10',
  'save',
  'load and search',
  'on disk',
  'memory',
  '',
]

function cells(name, row) {
  return [
    name,
    time(row.build),
    time(row.addOne),
    time(row.p50),
    time(row.p99),
    share(row.recall),
    time(row.filteredP50),
    share(row.filteredRecall),
    time(row.save),
    time(row.load),
    size(row.disk),
    size(row.memory),
    row.note,
  ]
}

function print(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`
  console.log(
    [line(rows[0]), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.slice(1).map(line)].join(
      '\n',
    ),
  )
}

must()
must('--ssr', 'node.ts')
// Without Hearth's content policy, which hnswlib-wasm does not run under: it evaluates strings.
const files = sirv(`${root}dist/bench-vectors`, {
  setHeaders: (response) =>
    Object.entries(isolationHeaders).forEach(([name, value]) => response.setHeader(name, value)),
})
const server = createServer(files).listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${server.address().port}`
const goals = []
console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores; vectors of 384, seeded and clustered (test/bench/vectors/data.ts)`,
)
try {
  for (const runtime of runtimes.length > 0 ? runtimes : ['chromium', 'node']) {
    const run = runtime === 'node' ? inNode : inChromium
    for (const count of sizes.length > 0 ? sizes : [1_000, 10_000, 100_000]) {
      const like = await run(url, 'describeData', Math.min(count, 20_000))
      console.log(
        `\n${runtime}, ${count.toLocaleString('en')} vectors (cosine of two at random ${like.random.toFixed(2)}, of the best ${like.first.toFixed(2)}, of the tenth best ${like.tenth.toFixed(2)})\n`,
      )
      const table = [HEAD]
      const found = new Map()
      for (const name of names.length > 0 ? names : ALL) {
        try {
          const row = await run(url, 'measure', name, count)
          found.set(name, row)
          table.push(cells(name, row))
        } catch (error) {
          const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
          table.push([name, ...HEAD.slice(2).map(() => '–'), reason])
        }
        if (process.stderr.isTTY) process.stderr.write(`${name} `)
      }
      print(table)
      judge(runtime, count, found)
    }
    const { read, scan, bytes } = await run(url, 'measureBandwidth', 100_000)
    console.log(
      `\n${runtime}: the scan of ${size(bytes)} goes at ${(scan / 1e9).toFixed(1)} GB/s, ${Math.round((scan / read) * 100)}% of the ${(read / 1e9).toFixed(1)} GB/s at which WebAssembly reads the same memory`,
    )
  }
} finally {
  server.close()
}

function judge(runtime, count, found) {
  const ours = found.get('Hearth')
  const exact = found.get('Hearth, exact')
  const voy = found.get('voy-search')
  const goal = (what, value, ok) => goals.push({ what: `${runtime}: ${what}`, value, ok })
  if (count === 10_000 && exact && voy) {
    const ratio = voy.p50 / exact.p50
    goal('exact search at 10,000 against voy-search (goal 5 times)', `${ratio.toFixed(1)} times`, ratio >= 5)
  }
  if (count === 100_000 && ours) {
    goal('recall@10 at 100,000 (goal 0.95)', share(ours.recall), ours.recall >= 0.95)
    goal('search p50 at 100,000 (goal under 2 ms)', time(ours.p50), ours.p50 < 2)
    if (ours.load !== null) goal('restart and first search at 100,000 (goal 300 ms)', time(ours.load), ours.load <= 300)
    const ratio = (ours.disk ?? NaN) / (count * 384)
    goal('bytes on disk against the raw int8 vectors (goal 1.3)', ratio.toFixed(2), ratio <= 1.3)
  }
}

console.log('')
for (const { what, value, ok } of goals) console.log(`${ok ? 'ok  ' : 'MISS'}  ${what}: ${value}`)
process.exitCode = goals.some(({ ok }) => !ok) ? 1 : 0
