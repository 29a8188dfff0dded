/**
 * `npm run bench:memory`: how often memory finds the answer to a question about a long conversation, among its first five
 * hits, beside words alone and vectors alone on the same conversations. In Node, some seconds, no model, no timings.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'vite'
import { Report } from '../report.mjs'

/** Not those that the weights in kernel/core/memory/search/fusion.ts were chosen on, 1 to 10. */
const SEEDS = [101, 102, 103, 104, 105, 106, 107, 108, 109, 110]
const GOAL = 0.9

const words = new Uint8Array(readFileSync(new URL('../../../wasm/words/words.bin', import.meta.url)))
const vite = await createServer({
  configFile: false,
  logLevel: 'error',
  server: { middlewareMode: true, ws: false },
  optimizeDeps: { noDiscovery: true },
})
try {
  const { score } = await vite.ssrLoadModule('/test/bench/memory/score.ts')
  const report = new Report()
  for (const [category, tally] of await score(SEEDS, words)) {
    const share = (/** @type {string} */ way) => (tally[way] / tally.asked).toFixed(2)
    report.add({
      what: `Recall@5, ${category} (${tally.asked})`,
      ours: share('Hearth'),
      other: `${share('words alone')} words, ${share('vectors alone')} vectors`,
      ...(category === 'all' && { goal: `≥ ${GOAL}`, ok: tally.Hearth / tally.asked >= GOAL }),
    })
    if (category === 'all') {
      const best = Math.max(tally['words alone'], tally['vectors alone'])
      report.add({
        what: 'Answers found',
        ours: tally.Hearth,
        other: best,
        than: 'the better alone',
        goal: '> 1',
        ok: tally.Hearth > best,
      })
    }
  }
  report.print(SEEDS.length)
  process.exitCode = report.missed ? 1 : 0
} finally {
  await vite.close()
}
