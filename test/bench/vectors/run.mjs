/**
 * `npm run bench:vectors [-- chromium|node [size ...] [subject ...]]`: builds the benchmark, measures every subject at every size
 * in both runtimes, one after another, and prints one table. Wants a quiet machine and some twelve minutes. A library that gives
 * no result in its time has a row that says so, and is not asked for more.
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
/** Milliseconds one subject may take at one size with everything: ours, whose goals are judged, and others. */
const TIMEOUT_MS = 240_000
const OTHERS_TIMEOUT_MS = 45_000

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

class OutOfTime extends Error {}

const outOfTime = (limit) => new OutOfTime(`no result within ${limit / 1000} s`)

/** @template T @param {Promise<T>} work @param {number} limit */
function inTime(work, limit) {
  return Promise.race([work, new Promise((_, reject) => setTimeout(() => reject(outOfTime(limit)), limit).unref())])
}

/** Runs one function of page.ts in a browser and a profile of its own. */
async function inChromium(url, limit, what, ...args) {
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
    return await inTime(call, limit)
  } finally {
    await browser.close()
  }
}

async function inNode(_url, limit, what, ...args) {
  const command = { measure: 'measure', describeData: 'describe', measureBandwidth: 'bandwidth' }[what]
  const run = promisify(execFile)(
    process.execPath,
    ['--max-old-space-size=4096', `${root}dist/bench-vectors-node/node.js`, command, ...args.map(String)],
    {
      timeout: limit,
      maxBuffer: 1 << 26,
    },
  )
  const { stdout } = await run.catch((error) => {
    throw error.killed ? outOfTime(limit) : new Error(error.message.split('\n')[0])
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
  'runtime',
  'vectors',
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

function cells(row) {
  return [
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
const table = [HEAD]
const said = []
/** By name: at which size it ran out of time. */
const late = new Map()
try {
  for (const runtime of runtimes.length > 0 ? runtimes : ['chromium', 'node']) {
    const run = runtime === 'node' ? inNode : inChromium
    for (const count of sizes.length > 0 ? sizes : [1_000, 10_000, 100_000]) {
      const like = await run(url, TIMEOUT_MS, 'describeData', Math.min(count, 20_000))
      said.push(
        `${runtime}, ${count.toLocaleString('en')}: cosine of two at random ${like.random.toFixed(2)}, of the best ${like.first.toFixed(2)}, of the tenth best ${like.tenth.toFixed(2)}`,
      )
      const found = new Map()
      for (const name of names.length > 0 ? names : ALL) {
        const row = await rowOf(run, name, count, found)
        table.push([runtime, count.toLocaleString('en'), name, ...row])
        if (process.stderr.isTTY) process.stderr.write(`${runtime} ${count} ${name}\n`)
      }
      judge(runtime, count, found)
    }
    const { read, scan, bytes } = await run(url, TIMEOUT_MS, 'measureBandwidth', 100_000)
    said.push(
      `${runtime}: the scan of ${size(bytes)} goes at ${(scan / 1e9).toFixed(1)} GB/s, ${Math.round((scan / read) * 100)}% of the ${(read / 1e9).toFixed(1)} GB/s at which WebAssembly reads the same memory`,
    )
  }
  print(table)
  console.log(`\n${said.join('\n')}`)
} finally {
  server.close()
}

/** The cells of one subject at one size; dashes and a reason when there is no result. */
async function rowOf(run, name, count, found) {
  const none = (reason) => [...HEAD.slice(4).map(() => '–'), reason]
  const before = late.get(name)
  if (before !== undefined && before.count <= count) return none(`not tried: ${before.reason} at ${before.count}`)
  const limit = name.startsWith('Hearth') ? TIMEOUT_MS : OTHERS_TIMEOUT_MS
  try {
    const row = await run(url, limit, 'measure', name, count)
    found.set(name, row)
    return cells(row)
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    if (error instanceof OutOfTime) late.set(name, { count, reason })
    return none(reason)
  }
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
