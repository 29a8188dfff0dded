/**
 * `npm run bench:memory`: how often memory finds the answer to a question about a long conversation, among its first five
 * hits, beside words alone and vectors alone on the same conversations; and how much it finds where there is no answer. In
 * Node, some seconds, no model, no timings. `--tuning`: the same for the topics and seeds that the weights were chosen on.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'vite'
import { Report } from '../report.mjs'

/** Not those that the weights in kernel/core/memory/search/ were chosen on, 1 to 10. */
const SEEDS = [101, 102, 103, 104, 105, 106, 107, 108, 109, 110]
const TUNING_SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
const GOAL = 0.9

/** Memories found for a question that has no answer: an agent that is told nothing of use should be told little. */
const FALSE_GOAL = 2.5

const words = new Uint8Array(readFileSync(new URL('../../../wasm/words/words.bin', import.meta.url)))
const vite = await createServer({
  configFile: false,
  logLevel: 'error',
  server: { middlewareMode: true, ws: false },
  optimizeDeps: { noDiscovery: true },
})
try {
  const tuning = process.argv.includes('--tuning')
  const seeds = tuning ? TUNING_SEEDS : SEEDS
  const { TUNING_TOPICS } = await vite.ssrLoadModule('/test/bench/memory/tuning-topics.ts')
  const topics = tuning ? TUNING_TOPICS : undefined
  const { score, falseRecall } = await vite.ssrLoadModule('/test/bench/memory/score.ts')
  const report = new Report()
  for (const [category, tally] of await score(seeds, words, topics)) {
    const share = (/** @type {string} */ way) => (tally[way] / tally.asked).toFixed(2)
    report.add({
      what: `Recall@5, ${category} (${tally.asked})`,
      ours: share('Hearth'),
      other: `${share('words alone')} words, ${share('MiniSearch')} MiniSearch, ${share('vectors alone')} vectors`,
      ...(category === 'all' && { goal: `≥ ${GOAL}`, ok: tally.Hearth / tally.asked >= GOAL }),
    })
    if (category === 'all') {
      const best = Math.max(tally['words alone'], tally.MiniSearch, tally['vectors alone'])
      report.add({
        what: 'Answers found',
        ours: tally.Hearth,
        other: best,
        than: 'the best alone',
        goal: '> 1',
        ok: tally.Hearth > best,
      })
    }
  }
  const none = await falseRecall(seeds, words, topics)
  const each = (/** @type {string} */ way) => (none[way] / none.asked).toFixed(2)
  report.add({
    what: `Found of 5 where nothing is known (${none.asked})`,
    ours: each('Hearth'),
    other: `${each('words alone')} words, ${each('MiniSearch')} MiniSearch, ${each('vectors alone')} vectors`,
    goal: `≤ ${FALSE_GOAL}`,
    ok: none.Hearth / none.asked <= FALSE_GOAL,
  })
  report.add({ what: 'Of those, answered with nothing', ours: (none.empty / none.asked).toFixed(2) })
  report.print(seeds.length)
  process.exitCode = report.missed ? 1 : 0
} finally {
  await vite.close()
}
