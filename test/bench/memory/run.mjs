/**
 * `npm run bench:memory`: how often memory finds the answer to a question about a long conversation, among its first five
 * hits, beside words alone and vectors alone on the same conversations; and how much it finds where there is no answer. No
 * model takes part. Finding is judged on the held-out topics, unknown when the weights were chosen.
 * `--tuning`: the same for the topics and seeds that the weights were chosen on. Then, in Chromium, 100,000 memories on
 * IndexedDB, which wants a quiet machine and some minutes; `--recall` leaves that out, `--memories=5000` makes it fewer.
 */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import sirv from 'sirv'
import { createServer, loadConfigFromFile } from 'vite'
import { isolationHeaders } from '../../../.config/headers.mjs'
import { must, root, withBrowser } from '../browser.mjs'
import { median, Report } from '../report.mjs'
import { addCompareAndSet } from './compare-and-set.mjs'

/**
 * Starts on vectors that are there; of each figure the median, as others on the machine hold the thread too. Of the first start,
 * which embeds everything, there is one: it takes minutes.
 */
const STARTS = 3

/** Not those that the weights in kernel/core/memory/search/ were chosen on, 1 to 10. */
const SEEDS = [101, 102, 103, 104, 105, 106, 107, 108, 109, 110]
const TUNING_SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
const GOAL = 0.9

/** Memories found for a question that has no answer: an agent that is told nothing of use should be told little. */
const FALSE_GOAL = 2.5

const words = new Uint8Array(readFileSync(new URL('../../../wasm/words/words.bin', import.meta.url)))
// As the page is built: the built-in embedder is WebAssembly that is compiled on the way.
const built = await loadConfigFromFile({ command: 'serve', mode: 'development' }, `${root}.config/bench-memory.ts`)
const vite = await createServer({
  configFile: false,
  plugins: built?.config.plugins,
  logLevel: 'error',
  server: { middlewareMode: true, ws: false },
  optimizeDeps: { noDiscovery: true },
})
try {
  const tuning = process.argv.includes('--tuning')
  const seeds = tuning ? TUNING_SEEDS : SEEDS
  const report = new Report()
  if (tuning) {
    const { TUNING_TOPICS } = await vite.ssrLoadModule('/test/bench/memory/tuning-topics.ts')
    const { HOME_TOPICS } = await vite.ssrLoadModule('/test/bench/memory/home-topics.ts')
    const { WORK_TOPICS } = await vite.ssrLoadModule('/test/bench/memory/work-topics.ts')
    const topics = [...TUNING_TOPICS, ...HOME_TOPICS, ...WORK_TOPICS]
    await addRecall(report, seeds, topics, { set: 'tuning topics', judged: true })
  } else {
    const { TOPICS } = await vite.ssrLoadModule('/test/bench/memory/topics.ts')
    const { HELD_OUT_TOPICS } = await vite.ssrLoadModule('/test/bench/memory/held-out-topics.ts')
    await addRecall(report, seeds, TOPICS, { set: 'known topics', judged: false })
    await addRecall(report, seeds, HELD_OUT_TOPICS, { set: 'held-out topics', judged: true })
  }
  await addPages(report, seeds, tuning)
  if (!process.argv.includes('--recall') && !tuning) await addScale(report)
  report.print(seeds.length)
  process.exitCode = report.missed ? 1 : 0
} finally {
  await vite.close()
}

/**
 * @param {Report} report
 * @param {readonly number[]} seeds
 * @param {readonly import('./topic.ts').Topic[]} topics
 * @param {{ set: string, judged: boolean }} about what the topics are called, and whether finding what was said has a goal there
 */
async function addRecall(report, seeds, topics, { set, judged }) {
  const { score, falseRecall } = await vite.ssrLoadModule('/test/bench/memory/score.ts')
  for (const [category, tally] of await score(seeds, topics)) {
    const share = (/** @type {string} */ way) => (tally[way] / tally.asked).toFixed(2)
    report.add({
      what: `Recall@5, ${set}, ${category} (${tally.asked})`,
      ours: share('Hearth'),
      other: `${share('words alone')} words, ${share('MiniSearch')} MiniSearch, ${share('vectors alone')} vectors`,
      ...(judged && category === 'all' && { goal: `≥ ${GOAL}`, ok: tally.Hearth / tally.asked >= GOAL }),
    })
    if (category === 'all') {
      const best = Math.max(tally['words alone'], tally.MiniSearch, tally['vectors alone'])
      report.add({
        what: `Answers found, ${set}`,
        ours: tally.Hearth,
        other: best,
        than: 'the best alone',
        ...(judged && { goal: '> 1', ok: tally.Hearth > best }),
      })
    }
  }
  const none = await falseRecall(seeds, topics)
  const each = (/** @type {string} */ way) => (none[way] / none.asked).toFixed(2)
  report.add({
    what: `Found of 5 where nothing is known, ${set} (${none.asked})`,
    ours: each('Hearth'),
    other: `${each('words alone')} words, ${each('MiniSearch')} MiniSearch, ${each('vectors alone')} vectors`,
    goal: `≤ ${FALSE_GOAL}`,
    ok: none.Hearth / none.asked <= FALSE_GOAL,
  })
  report.add({ what: `Of those, answered with nothing, ${set}`, ours: (none.empty / none.asked).toFixed(2) })
}

/**
 * Pages of a conversation that a question brings back into the window.
 * @param {Report} report
 * @param {readonly number[]} seeds
 * @param {boolean} tuning
 */
async function addPages(report, seeds, tuning) {
  const { TOPICS } = await vite.ssrLoadModule('/test/bench/memory/topics.ts')
  const { TUNING_TOPICS } = await vite.ssrLoadModule('/test/bench/memory/tuning-topics.ts')
  const { scorePages } = await vite.ssrLoadModule('/test/bench/memory/pages.ts')
  const [about, other] = tuning ? [TUNING_TOPICS, TOPICS] : [TOPICS, TUNING_TOPICS]
  const pages = await scorePages(seeds, about, other, words)
  const best = Math.max(pages.words, pages.meaning)
  report.add({
    what: `Page with the answer brought back (${pages.asked})`,
    ours: (pages.recalled / pages.asked).toFixed(2),
    other: `among the best 3: ${(pages.words / pages.asked).toFixed(2)} words, ${(pages.meaning / pages.asked).toFixed(2)} meaning`,
    goal: 'more than either',
    ok: pages.recalled > best,
  })
  report.add({ what: 'Other pages with it', ours: (pages.others / pages.asked).toFixed(2) })
  report.add({
    what: `Brought back for what was never said (${pages.never})`,
    ours: (pages.falsely / pages.never).toFixed(2),
  })
  report.add({ what: `And for chatter (${pages.chatter})`, ours: (pages.chatting / pages.chatter).toFixed(2) })
}

/** @param {Report} report */
async function addScale(report) {
  const count = Number(process.argv.find((word) => word.startsWith('--memories='))?.split('=')[1] ?? 100_000)
  must('npx vite build --config .config/bench-memory.ts --logLevel error')
  const serve = sirv(`${root}dist/bench-memory`, {
    dev: true,
    setHeaders: (response) => {
      for (const [name, value] of Object.entries(isolationHeaders)) response.setHeader(name, value)
    },
  })
  const server = createHttpServer((request, response) => serve(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
    const { first, again, mini } = await withBrowser(async (context) => {
      const work = (/** @type {string} */ what) => inWorker(context, `http://127.0.0.1:${port}/`, what, count)
      await work('fill')
      const first = await work('start')
      const others = []
      for (let round = 0; round < STARTS; round += 1) others.push(await work('start'))
      return { first, again: medians(others), mini: await work('miniSearch') }
    })
    const of = `${count.toLocaleString('en')} memories`
    const add = (/** @type {string} */ what, /** @type {number} */ ours, /** @type {number} */ most = NaN, more = {}) =>
      report.add({ what, ours, unit: 'ms', ...(most > 0 && { goal: `≤ ${most} ms`, ok: ours <= most }), ...more })
    add(`Search, ${of}, p50`, again.p50)
    add(`Search, ${of}, p95`, again.p95, 20, { other: mini, than: 'MiniSearch, words only' })
    add('The same with a filter by owner, scope, kind and trust, p95', again.filteredP95, 20)
    add('Longest the thread was held while searching', again.searchBlock, 50)
    add('Adding one, p95', again.addP95)
    add('Longest the thread was held while adding, the first of a start included', again.addBlock, 50)
    add('First start: to the first answer', first.load)
    add('First start: until all have vectors', first.embedded)
    add('Longest the thread was held meanwhile', Math.max(first.loadBlock, first.embeddedBlock), 50)
    add('Restart: to the first answer', again.load)
    add('Restart: until all have vectors', again.embedded)
    add('Longest the thread was held meanwhile', Math.max(again.loadBlock, again.embeddedBlock), 50)
    report.add({
      what: 'Records more after 1,000 recalls',
      ours: String(again.growth),
      goal: '0',
      ok: again.growth === 0,
    })
    await addCompareAndSet(report, `http://127.0.0.1:${port}/`)
  } finally {
    server.close()
  }
}

/**
 * One piece of work of scale-worker.ts, in a page and so in a worker of its own.
 * @param {import('playwright-core').BrowserContext} context
 * @param {string} url
 * @param {string} what
 * @param {number} count of memories
 */
async function inWorker(context, url, what, count) {
  const page = await context.newPage()
  try {
    await page.goto(url)
    await page.waitForFunction(() => 'memoryBench' in globalThis)
    return await page.evaluate(([what, count]) => globalThis.memoryBench.run(what, count), [what, count])
  } finally {
    await page.close()
  }
}

/** @param {Record<string, number>[]} runs @returns {Record<string, number>} */
function medians(runs) {
  return Object.fromEntries(Object.keys(runs[0]).map((name) => [name, median(runs.map((run) => run[name]))]))
}
